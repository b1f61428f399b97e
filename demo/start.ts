/** `npm start`: the story in the terminal, and the token and the server that stay up after it. */
import { parseArgs } from "node:util";
import { live } from "./live.ts";
import { tellStory } from "./story.ts";

/** What a terminal has where nobody can say. */
const NARROW = 80;
const usage = `usage: npm start -- [--once] [--language en|vi]

Tells the story of a token, from the factory to a signed payment. Then token and server stay up, unless --once is given.`;

function options() {
  const { values } = parseArgs({
    options: {
      once: { type: "boolean", default: false },
      language: { type: "string", default: "en" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  if (values.language !== "en" && values.language !== "vi") throw new Error(`--language is en or vi`);
  return { once: values.once, language: values.language as "en" | "vi" };
}

let chosen: ReturnType<typeof options>;
try {
  chosen = options();
} catch (error) {
  console.error(`${(error as Error).message}\n${usage}`);
  process.exit(2);
}

// Until the story is told, a signal ends it; what it left in the temporary folder goes with the process.
const ends = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const end = (signal: keyof typeof ends) => process.exit(ends[signal]);
for (const signal of Object.keys(ends) as (keyof typeof ends)[]) process.on(signal, end);

try {
  const told = await tellStory({
    language: chosen.language,
    tell: (sentence) => console.log(`\n${sentence}`),
    show: (picture) => console.log(picture),
    columns: process.stdout.columns ?? NARROW,
  });
  if (chosen.once) await told.close();
  else await live(told);
} catch (error) {
  console.error(`\nThe story broke off: ${(error as Error).message}`);
  process.exitCode = 1;
}
