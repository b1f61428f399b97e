import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// The forks pool, not threads: `serialport` aborts a worker thread.
// Two projects: what runs anywhere, and what needs a genuine Espruino interpreter (skips itself with one line where none is named).
const shared = {
  pool: "forks" as const,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  setupFiles: ["./test/fuzz/setup.ts"],
};

export default defineConfig({
  test: {
    globalSetup: "./test/build-bundles.ts",
    // Half of the tests wait for ports and processes: on two cores, vitest's own choice of one worker leaves a core idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ["default", "./test/closing-line.ts"],
    projects: [
      {
        extends: true,
        test: {
          ...shared,
          name: "ochre",
          include: ["{protocol,firmware,emulator,host-tools,demo,test}/**/*.test.ts"],
          exclude: ["test/genuine/**"],
        },
      },
      { extends: true, test: { ...shared, name: "genuine", include: ["test/genuine/**/*.test.ts"] } },
    ],
  },
});
