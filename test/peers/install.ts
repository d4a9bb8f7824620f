// Finds the program of a peer, or installs its Debian package where that is allowed: as root, in CI or with TOCSIN_TEST_INSTALL=1.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

export type Found = { readonly path: string } | { readonly missing: string };

const allowed =
  process.getuid?.() === 0 && (process.env["CI"] === "true" || process.env["TOCSIN_TEST_INSTALL"] === "1");

/** Debian keeps PostgreSQL's server programs off the PATH. */
function postgresFolders(): readonly string[] {
  const listed = spawnSync("sh", ["-c", "ls -d /usr/lib/postgresql/*/bin 2>/dev/null"], { encoding: "utf8" });
  return listed.stdout
    .split("\n")
    .filter((line) => line !== "")
    .reverse();
}

function locate(program: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin", ...postgresFolders()];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path) && statSync(path).isFile());
}

/** Two test workers must not run apt at the same time: a folder is the lock. */
function alone(work: () => void): void {
  const lock = "/tmp/tocsin-test-apt.lock";
  for (let turn = 0; ; turn++) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      if (turn > 600) throw new Error(`${lock} is held by another test run; remove it if that is dead`);
      spawnSync("sleep", ["0.5"]);
    }
  }
  try {
    work();
  } finally {
    rmdirSync(lock);
  }
}

export function findProgram(program: string, debianPackage: string): Found {
  const here = locate(program);
  if (here !== undefined) return { path: here };
  if (!allowed) {
    return {
      missing: `${program} is not installed (Debian package ${debianPackage}); as root, TOCSIN_TEST_INSTALL=1 lets the tests install it`,
    };
  }
  alone(() => {
    if (locate(program) !== undefined) return;
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    execFileSync("apt-get", ["update", "-q"], { stdio: "ignore", env });
    execFileSync("apt-get", ["install", "-y", "-q", "--no-install-recommends", debianPackage], {
      stdio: "ignore",
      env,
    });
  });
  const installed = locate(program);
  return installed === undefined
    ? { missing: `${debianPackage} was installed but ${program} is not there` }
    : { path: installed };
}

/** For `describe.skipIf`: prints the reason, so that no test is skipped silently. */
export function skipped(found: Found, what: string): found is { readonly missing: string } {
  if (!("missing" in found)) return false;
  process.stderr.write(`SKIPPED ${what}: ${found.missing}\n`);
  return true;
}
