// The entry: caches compiled code (a cold start is what a restart at 3 a.m. costs), then runs one command.
import { enableCompileCache } from "node:module";

enableCompileCache();

const { run } = await import("./cli/program.ts");
process.exitCode = await run(process.argv.slice(2));
