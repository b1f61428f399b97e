/** A driver of HTTP load over a number of kept-alive connections, each with one request on its way at a time. */
import { Agent, request } from "node:http";

export interface Load {
  /** Requests answered in a second. */
  perSecond: number;
  /** Milliseconds that 99 of 100 answers took at most. */
  p99: number;
}

/** POSTs JSON and resolves with the answer's text. */
function post(agent: Agent, url: string, authorization: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { authorization, "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = request(url, { method: "POST", agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => (text += part));
      response.on("end", () => resolve(text));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/**
 * Sends every body once, batch after batch; `between` runs before each batch and is not measured.
 * @throws Error for an answer that is not `expected`: what was refused is no throughput
 */
export async function drive(
  url: string,
  authorization: string,
  batches: string[][],
  connections: number,
  expected: string,
  between: (batch: number) => Promise<void>,
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  let elapsed = 0;
  for (const [at, bodies] of batches.entries()) {
    await between(at);
    let next = 0;
    const connection = async () => {
      while (next < bodies.length) {
        const body = bodies[next++];
        const begun = performance.now();
        const answer = await post(agent, url, authorization, body);
        times.push(performance.now() - begun);
        if (answer !== expected) throw new Error(`${expected} was expected, not ${answer}`);
      }
    };
    const begun = performance.now();
    await Promise.all(Array.from({ length: connections }, connection));
    elapsed += performance.now() - begun;
  }
  agent.destroy();
  times.sort((a, b) => a - b);
  return { perSecond: (times.length / elapsed) * 1000, p99: times[Math.floor(times.length * 0.99)] };
}
