// Puts the program into a few files, so that a start reads two dozen and not a thousand: half the time, a fifth less
// memory (docs/adr/0038). `npm ci` runs it; src/main.js takes the result while nothing in src/ is newer.
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
/** Two folders deep, as the files of src/ are: what they find beside package.json, they find from here. */
const dir = at("../dist/run");

/** Not there: an install without development tools. The program then runs as it is written. */
const rolldown = await import("rolldown").catch(() => undefined);
if (rolldown !== undefined) {
  rmSync(dir, { recursive: true, force: true });
  const bundle = await rolldown.rolldown({
    input: at("../src/cli/program.ts"),
    platform: "node",
    // What pg asks for and does without.
    external: ["pg-native", "pg-cloudflare"],
    logLevel: "warn",
    onLog: (level, log, tell) => {
      if (log.code !== "EVAL") tell(level, log);
    },
  });
  await bundle.write({ dir, format: "esm" });
  await bundle.close();
}
