// The entry, in plain JavaScript: a .ts file would load the type stripper (30 MB) before its own compiled form is found.
import { readdirSync, statSync } from "node:fs";
import { enableCompileCache } from "node:module";

// A cold start is what a restart at 3 a.m. costs.
enableCompileCache();

// Whoever reads along may go (`tocsin serve | head`): as an event without a listener, that would end the outage desk.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

const bundle = new URL("../dist/run/program.js", import.meta.url);

/** Whether the bundle of bin/bundle.js was made of what stands here: whoever changes a file runs what is written in it. */
function isBundled() {
  const made = statSync(bundle, { throwIfNoEntry: false })?.mtimeMs;
  if (made === undefined) return false;
  const here = new URL("./", import.meta.url);
  const files = readdirSync(here, { recursive: true, encoding: "utf8" }).filter((name) =>
    /(?<!\.test)\.ts$/u.test(name),
  );
  return files.every((name) => statSync(new URL(name, here)).mtimeMs <= made);
}

const { run } = await (isBundled() ? import("../dist/run/program.js") : import("./cli/program.ts"));
process.exitCode = await run(process.argv.slice(2));
