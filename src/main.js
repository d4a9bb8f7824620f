// The entry, in plain JavaScript: a .ts file would load the type stripper (30 MB) before its own compiled form is found.
import { enableCompileCache } from "node:module";

// A cold start is what a restart at 3 a.m. costs.
enableCompileCache();

// Whoever reads along may go (`tocsin serve | head`): as an event without a listener, that would end the outage desk.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

const { run } = await import("./cli/program.ts");
process.exitCode = await run(process.argv.slice(2));
