// Under a path, behind a real nginx, and with TLS of its own: every link works, and nobody is believed who is not named.
import { execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TLSSocket } from "node:tls";
import { describe, expect, test } from "vitest";
import { tocsinProcess, type TocsinProcess } from "../kit/tocsin-process.ts";
import { findProgram, skipped } from "../peers/install.ts";
import { nginx, startNginx } from "../peers/nginx.ts";
import { freePort } from "../peers/ngircd.ts";

const token = "hook-token-hook-token";

type Settings = { readonly server: string; readonly url: string };

const config = ({ server, url }: Settings): string => `
site: { name: Packit, url: "${url}" }
server: ${server}
components: [{ id: copr, name: Copr builds }]
people: [{ id: alice, name: Alice }]
roles: [{ id: outage-master, people: [alice] }]
channels: [{ id: team, type: stdout }]
sources: [{ id: hook, type: generic, token: ${token} }]
`;

type Got = { readonly status: number; readonly body: string; readonly location?: string | undefined };

function ask(
  url: string,
  options: {
    readonly method?: string;
    readonly from?: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
  } = {},
): Promise<Got> {
  const { method = "GET", from, headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const asking = plainRequest(
      url,
      { method, headers, agent: false, ...(from === undefined ? {} : { localAddress: from }) },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body: text, location: response.headers.location }),
        );
      },
    );
    asking.on("error", reject);
    asking.end(body);
  });
}

function fire(url: string, more: Parameters<typeof ask>[1] = {}, fingerprint = "f"): Promise<Got> {
  const body = JSON.stringify({ fingerprint, status: "firing", summary: "Copr answers 503", component: "copr" });
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json", ...more.headers };
  return ask(url, { ...more, method: "POST", headers, body });
}

/** Every page that links lead to from there, and where each that leads nowhere stands. */
async function crawl(start: string): Promise<{ readonly seen: readonly string[]; readonly broken: readonly string[] }> {
  const seen = new Set<string>();
  const broken: string[] = [];
  const waiting = [{ url: start, from: "the start" }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { url, from } = next;
    const bare = url.replace(/#.*$/u, "");
    if (seen.has(bare) || new URL(bare).origin !== new URL(start).origin) continue;
    seen.add(bare);
    const got = await ask(bare);
    if (got.status !== 200) broken.push(`${bare} (${got.status}), linked from ${from}`);
    if (!got.body.includes("<html")) continue;
    for (const [, href = ""] of got.body.matchAll(/(?:href|src|action)="([^"]+)"/gu))
      if (!href.startsWith("data:"))
        waiting.push({ url: new URL(href.replaceAll("&amp;", "&"), bare).href, from: bare });
  }
  return { seen: [...seen].toSorted(), broken };
}

function sendersIn({ dataDir }: TocsinProcess): readonly string[] {
  using database = new DatabaseSync(join(dataDir, "tocsin.db"), { readOnly: true });
  const rows = database.prepare("select headers from inbox order by id").all();
  return rows.map(({ headers }) => String((JSON.parse(String(headers)) as Record<string, unknown>)["x-forwarded-for"]));
}

describe.skipIf(skipped(nginx, "acceptance: behind nginx"))("behind nginx", () => {
  test.each([
    [
      "that leaves the path as it is",
      "/status/",
      (port: number) => `location /status { proxy_pass http://127.0.0.1:${port}; }`,
    ],
    ["that strips the path", "/", (port: number) => `location /status/ { proxy_pass http://127.0.0.1:${port}/; }`],
    [
      "that strips the path, with base_path all the same",
      "/status/",
      (port: number) => `location /status/ { proxy_pass http://127.0.0.1:${port}/; }`,
    ],
  ])("%s, every link of every page leads somewhere", async (_name, basePath, location) => {
    const [port, outside] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${outside}/status`;
    await using tocsin = await tocsinProcess(() =>
      config({ server: `{ port: ${port}, base_path: ${basePath} }`, url }),
    );
    await tocsin.start();
    await using _proxy = await startNginx(outside, location(port));
    expect((await fire(`${url}/hooks/hook`)).status).toBe(202);
    await tocsin.until("the team is told", () => tocsin.output().includes("[team]"));
    const link = /^\[team\] .* (http:\/\/\S+)$/mu.exec(tocsin.output())?.[1] ?? "";
    expect(link.startsWith(`${url}/team/1/`)).toBe(true);
    const alice = ["--as", "alice", "incident"] as const;
    const filled = ["--scope", "s", "--affected", "a", "--alternative", "none known", "--eta", "unknown", "--next-update", "1h", "--retrigger", "no"]; // prettier-ignore
    await tocsin.cli(...alice, "edit", "1", ...filled);
    const opened = await tocsin.cli(...alice, "publish", "1");
    expect(opened.err).toBe("");

    const { location: moved, status } = await ask(url);
    expect([301, 308]).toContain(status);
    expect(new URL(moved ?? "", url).pathname).toBe("/status/");
    for (const start of [`${url}/`, link, `${url}/a/page/that/is/not`]) {
      const { seen, broken } = await crawl(start);
      expect(broken.filter((each) => !each.startsWith(`${start} `))).toEqual([]);
      expect(seen.filter((each) => !each.startsWith(`${url}/`))).toEqual([]);
      expect(seen.length).toBeGreaterThan(3);
    }
    const state = JSON.parse((await ask(`${url}/state.json`)).body) as { readonly open: readonly unknown[] };
    expect(state.open).toHaveLength(1);
  });

  test("it believes the address that a named proxy saw, and nobody else's word", async () => {
    const [port, outside] = [await freePort(), await freePort()];
    const server = `{ port: ${port}, trusted_proxies: [127.0.0.1] }`;
    await using tocsin = await tocsinProcess(() => config({ server, url: `http://127.0.0.1:${outside}` }));
    await tocsin.start();
    const forward = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;";
    await using _proxy = await startNginx(outside, `location / { proxy_pass http://127.0.0.1:${port}; ${forward} }`);
    const forged = { "X-Forwarded-For": "192.0.2.1, 127.0.0.1" };
    const through = `http://127.0.0.1:${outside}/hooks/hook`;
    expect((await fire(through, { from: "127.0.0.2", headers: forged })).status).toBe(202);
    expect((await fire(`http://127.0.0.1:${port}/hooks/hook`, { from: "127.0.0.3", headers: forged })).status).toBe(
      202,
    );
    expect((await fire(`http://127.0.0.1:${port}/hooks/hook`, { headers: { "X-Forwarded-For": "junk" } })).status).toBe(
      202,
    );
    expect(sendersIn(tocsin)).toEqual(["127.0.0.2", "127.0.0.3", "127.0.0.1"]);
  });
});

function secureGet(
  url: string,
  ca: string,
): Promise<{ readonly status: number; readonly hsts: string | undefined; readonly subject: string }> {
  return new Promise((resolve, reject) => {
    const asking = tlsRequest(
      url,
      { ca: [execFileSync("cat", [ca])], agent: false, servername: "localhost" },
      (response) => {
        const { subject } = (response.socket as TLSSocket).getPeerCertificate();
        response.resume().on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            hsts: response.headers["strict-transport-security"],
            subject: String(subject.CN),
          }),
        );
      },
    );
    asking.on("error", reject);
    asking.end();
  });
}

describe.skipIf(skipped(findProgram("openssl", "openssl"), "acceptance: TLS"))("with TLS of its own", () => {
  const certify = (folder: string, name: string): void => {
    const names = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:::1"];
    const files = ["-keyout", join(folder, `${name}.key`), "-out", join(folder, `${name}.pem`)];
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", ...names, ...files], { stdio: "ignore" }); // prettier-ignore
  };

  test("it serves on IPv6, and takes a renewed certificate at a reload", async () => {
    const server = `{ host: "::1", port: 0, tls: { cert_file: ./now.pem, key_file: ./now.key } }`;
    const text = config({ server, url: "https://status.example.org" });
    await using tocsin = await tocsinProcess((folder) => {
      for (const name of ["first", "second"]) certify(folder, name);
      for (const part of ["pem", "key"]) copyFileSync(join(folder, `first.${part}`), join(folder, `now.${part}`));
      return text;
    });
    const file = (name: string): string => join(tocsin.folder, name);
    await tocsin.start();
    expect(tocsin.url()).toMatch(/^https:\/\/\[::1\]:\d+$/u);
    const first = await secureGet(`${tocsin.url()}/`, file("first.pem"));
    expect(first).toEqual({ status: 200, hsts: "max-age=15768000", subject: "first" });
    // A certificate whose key has not been renewed yet.
    copyFileSync(file("second.pem"), file("now.pem"));
    await tocsin.reload(text);
    expect(tocsin.output()).toMatch(/tocsin\.yaml:3:\d+: server\.tls\.key: is not the key of that certificate/u);
    expect(tocsin.output()).not.toContain("BEGIN");
    expect((await secureGet(`${tocsin.url()}/`, file("first.pem"))).subject).toBe("first");
    copyFileSync(file("second.key"), file("now.key"));
    await tocsin.reload(text);
    expect((await secureGet(`${tocsin.url()}/status.txt`, file("second.pem"))).subject).toBe("second");
  });

  test("without it there is no HSTS: that is the word of whoever speaks TLS", async () => {
    await using tocsin = await tocsinProcess(() => config({ server: "{ port: 0 }", url: "http://127.0.0.1" }));
    await tocsin.start();
    const headers = await new Promise((resolve) =>
      plainRequest(tocsin.url(), (response) => resolve(response.resume().headers)).end(),
    );
    expect(headers).not.toHaveProperty("strict-transport-security");
  });
});
