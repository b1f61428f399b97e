/** How often a property runs: its own number in the tests, OCHRE_FUZZ_RUNS in a campaign. */
const campaign = Number(process.env.OCHRE_FUZZ_RUNS);

/** @param usual what a run of the tests can afford, or needs */
export const runs = (usual: number): number => (campaign > 0 ? campaign : usual);
