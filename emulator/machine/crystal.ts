/**
 * How far a clock's crystal is off. An error has two parts: a constant one, which is what is usually called drift, and one that follows
 * the temperature by the crystal's parabola around 25 degrees Celsius:
 *
 *     error(T) = drift + CURVATURE x (T - 25)^2        in ppm, T in degrees Celsius
 *
 * A bare tuning-fork crystal has a curvature of -0.034 ppm. A DS3231 measures its temperature and corrects that; what its data sheet
 * leaves is 2 ppm from 0 to 40 degrees and 3.5 ppm from -40 to 85. The curvature here reaches those 3.5 ppm at -40 degrees.
 */

/** ppm for each squared degree. */
const CURVATURE = -3.5 / 65 ** 2;
const TURNOVER = 25;
const DAY = 86_400e6;

/** More than any crystal that still swings. */
export const MOST_PPM = 100_000;
/** One for each minute of a day. */
export const MOST_TEMPERATURES = 1440;
/** What the chip bears, in degrees Celsius. */
export const COLDEST = -40;
export const HOTTEST = 85;

/** The crystal's error, as its owner sets it. */
export interface Drift {
  /** Parts per million; above 0 the clock gains. */
  ppm: number;
  /** Degrees Celsius over a day, spread evenly from its beginning, straight lines between them; 25 all day without any. */
  temperatures: readonly number[];
}

export const NO_DRIFT: Drift = { ppm: 0, temperatures: [] };

/** A copy. @throws RangeError for what no crystal has */
export function checkedDrift(drift: Drift): Drift {
  const { ppm, temperatures } = Object(drift) as Drift;
  if (!within(ppm, -MOST_PPM, MOST_PPM))
    throw new RangeError(`a drift is from ${-MOST_PPM} to ${MOST_PPM} ppm, not ${ppm}`);
  if (!Array.isArray(temperatures) || temperatures.length > MOST_TEMPERATURES)
    throw new RangeError(`temperatures over a day are a list of at most ${MOST_TEMPERATURES}`);
  // With its holes, which `map` would leave out.
  const copy: number[] = [...temperatures];
  for (const temperature of copy)
    if (!within(temperature, COLDEST, HOTTEST))
      throw new RangeError(`a temperature is from ${COLDEST} to ${HOTTEST} degrees Celsius, not ${temperature}`);
  return { ppm, temperatures: copy };
}

const within = (value: unknown, low: number, high: number) =>
  typeof value === "number" && value >= low && value <= high;

/** The temperature at a time in microseconds: days begin at 0. */
export function temperatureAt(time: number, temperatures: readonly number[]): number {
  const { length } = temperatures;
  if (length === 0) return TURNOVER;
  const place = ((time % DAY) / DAY) * length;
  const from = temperatures[Math.floor(place)];
  return from + (temperatures[(Math.floor(place) + 1) % length] - from) * (place % 1);
}

/** Microseconds that a clock gains between two times, in microseconds; below 0 what it loses. */
export function gained(from: number, to: number, { ppm, temperatures }: Drift): number {
  const constant = ppm * (to - from);
  const curved = temperatures.length === 0 ? 0 : CURVATURE * (squares(to, temperatures) - squares(from, temperatures));
  return (constant + curved) * 1e-6;
}

/** The integral of (T - 25)^2 from time 0 on, in squared degrees times microseconds. */
function squares(time: number, temperatures: readonly number[]): number {
  const { length } = temperatures;
  const place = ((time % DAY) / DAY) * length;
  let day = 0;
  let part = 0;
  for (let i = 0; i < length; i++) {
    const start = temperatures[i] - TURNOVER;
    const rise = temperatures[(i + 1) % length] - temperatures[i];
    const upTo = (x: number) => start * start * x + start * rise * x * x + (rise * rise * x * x * x) / 3;
    day += upTo(1);
    part += upTo(Math.min(1, Math.max(0, place - i)));
  }
  return ((Math.floor(time / DAY) * day + part) * DAY) / length;
}
