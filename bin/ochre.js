#!/usr/bin/env node
// Plain old JavaScript: an outdated Node must be able to read this far, to say what is wrong.
var major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    "ochre: Node 24 or newer is needed, this is Node " +
      process.versions.node +
      ". Your project can have its own, which npx takes: npm i --save-dev node@24\n",
  );
  process.exit(2);
}

function fail(error) {
  process.stderr.write("ochre: " + Object(error).message + "\n");
  if (process.env.OCHRE_DEBUG === "1") process.stderr.write(Object(error).stack + "\n");
  process.exit(1);
}

process.on("uncaughtException", fail);
// Whoever reads our output may have seen enough: `ochre devices | head -1`.
process.stdout.on("error", (error) => {
  if (error.code === "EPIPE") process.exit(0);
  fail(error);
});

// A checkout runs its TypeScript, whatever lies in dist/; a packed tarball has JavaScript in dist/ alone.
var source = "../host-tools/cli/main.ts";
import(source)
  .catch((error) => {
    if (error.code === "ERR_MODULE_NOT_FOUND" && String(error.url).slice(-source.length + 2) === source.slice(2))
      return import("../dist/host-tools/cli/main.js");
    throw error;
  })
  .then((cli) => cli.main(process.argv.slice(2)))
  .then((code) => {
    process.exitCode = code;
  }, fail);
