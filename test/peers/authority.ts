// A certificate authority of our own, by openssl: it signs for any name and any time, the past too.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "./install.ts";

export const openssl = findProgram("openssl", "openssl");

export type Pair = { readonly cert: string; readonly key: string };

export type Authority = Disposable & {
  /** Its own certificate, for those who are to trust it. */
  readonly cert: string;
  /** For names such as `DNS:localhost` or `IP:127.0.0.1`, from so many days from now until so many. */
  issue(names: string, from: number, until: number): Pair;
  /** One that signed itself. */
  alone(names: string): Pair;
};

const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
const stamp = (days: number): string =>
  new Date(Date.now() + days * 86_400_000).toISOString().replaceAll(/[-:T]|\.\d+/gu, "").slice(2); // prettier-ignore

export function startAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), "tocsin-authority-"));
  const file = (name: string): string => join(folder, name);
  const run = (...args: readonly string[]): void =>
    void execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  const pair = (name: string): Pair => ({
    cert: readFileSync(file(`${name}.pem`), "utf8"),
    key: readFileSync(file(`${name}.key`), "utf8"),
  });
  let issued = 0;
  writeFileSync(file("index"), "");
  writeFileSync(
    file("ca.cnf"),
    `[ca]\ndefault_ca=own\n[own]\ndatabase=index\nnew_certs_dir=.\ncertificate=ca.pem\nprivate_key=ca.key\nrand_serial=yes
default_md=sha256\npolicy=any\ncopy_extensions=copy\nunique_subject=no\n[any]\ncommonName=supplied\n`,
  );
  run("req", "-x509", ...curve, "-days", "3650", "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem");
  return {
    cert: readFileSync(file("ca.pem"), "utf8"),
    issue(names, from, until) {
      issued += 1;
      const name = `leaf${issued}`;
      const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=${names}`];
      run("req", "-new", ...curve, ...subject, "-keyout", `${name}.key`, "-out", `${name}.csr`);
      const dates = ["-startdate", stamp(from), "-enddate", stamp(until)];
      run("ca", "-batch", "-config", "ca.cnf", "-in", `${name}.csr`, "-out", `${name}.pem`, "-notext", ...dates);
      return pair(name);
    },
    alone(names) {
      const subject = ["-subj", "/CN=alone", "-addext", `subjectAltName=${names}`];
      run("req", "-x509", ...curve, "-days", "30", ...subject, "-keyout", "alone.key", "-out", "alone.pem");
      return pair("alone");
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
