import type { RequestListener } from "node:http";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { look, lookerOf, said, type Look } from "../../test/kit/looking.ts";
import { openssl, startAuthority } from "../../test/peers/authority.ts";
import { skipped } from "../../test/peers/install.ts";
import { http, https, raw, refusing, type Listening } from "../../test/peers/servers.ts";
import { day, wallClock } from "../lib/clock.ts";
import { httpProbe } from "./http-probe.ts";

const now = wallClock.now();
const urlOf = ({ host, port }: Listening, scheme = "http"): string => `${scheme}://${host}:${port}/health`;

function ask(server: Listening, config: object = {}, at = now): Promise<Look> {
  const whole = { component: "copr", url: urlOf(server), fail_after: 1, ...config };
  return look(lookerOf(httpProbe, whole, { timeout: 200 }), at);
}

const says =
  (body: string | Buffer, headers: Readonly<Record<string, string>> = {}, status = 200): RequestListener =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

const promising = (length: number, body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${body}`;
const packed = (encoding: string, body: Buffer): RequestListener => says(body, { "Content-Encoding": encoding });
const fine = { expect: { contains: "fine" } };
const bomb = gzipSync(Buffer.alloc(200_000_000));
const parts = '{"parts":[{"name":"db","up":true}],"status":"ok"}';
const drip: RequestListener = (_, response) => {
  const timer = setInterval(() => response.write("x"), 20);
  response.on("close", () => clearInterval(timer));
};

type Row = readonly [string, () => Promise<Listening>, object];

describe("a real server", () => {
  test.each<Row>([
    ["answers 200", () => http(says("fine")), {}],
    ["answers a status that is expected", () => http(says("", {}, 401)), { expect: { status: [200, 401] } }],
    ["answers a status of the class that is expected", () => http(says("", {}, 204)), { expect: { status: "2xx" } }],
    ["says that more will come than does", () => raw((socket) => socket.end(promising(9_999, "x"))), {}],
    ["sends a body without an end", () => raw((socket) => socket.write(promising(1e12, "x"))), {}],
    ["has the text in its body", () => http(says("all is fine here")), fine],
    ["has a body that matches", () => http(says("version 12.3")), { expect: { matches: "version \\d+" } }],
    ["has one of the values", () => http(says(parts)), { expect: { json: { path: "$.status", is: ["ok", "well"] } } }],
    ["has values at all places", () => http(says(parts)), { expect: { json: [{ path: "$.status", matches: "^o" }, { path: "$.parts[?@.name=='db'].up", is: true }] } }], // prettier-ignore
    ["packs its body with gzip", () => http(packed("gzip", gzipSync("fine"))), fine],
    ["packs its body with brotli", () => http(packed("br", brotliCompressSync("fine"))), fine],
    ["packs its body with zstd", () => http(packed("zstd", zstdCompressSync("fine"))), fine],
    ["has the text in the first part of an endless body", () => raw((socket) => socket.write(promising(1e12, `fine${"x".repeat(9_000)}`))), { ...fine, body_limit_kb: 1 }], // prettier-ignore
  ])("that %s is up", async (_, open, config) => {
    await using server = await open();
    const { alerts, samples, reached } = await ask(server, config);
    expect(said(alerts)).toEqual([]);
    expect(samples).toEqual([{ component: "copr", at: now, up: true, tookMs: expect.any(Number) }]);
    expect(reached).toBe(true);
  });

  test.each<readonly [string, () => Promise<Listening>, object, RegExp]>([
    ["answers 502", () => http(says("", {}, 502)), {}, / answered 502 in [\d.]+ s, expected 200 \(since /u],
    ["answers another status than any expected", () => http(says("")), { expect: { status: [301, "4xx"] } }, /answered 200 in .*, expected 301 or 4xx/u],
    ["never answers", () => raw(() => {}), {}, /took the connection, but did not answer within 0\.2 s/u],
    ["never ends its headers", () => raw((socket) => socket.write("HTTP/1.1 200 OK\r\nX: ")), {}, /did not answer within 0\.2 s/u],
    ["lets its body drip", () => http(drip), fine, /did not end its answer within 0\.2 s/u],
    ["resets the connection", () => raw((socket) => socket.resetAndDestroy()), {}, /broke the connection off before it answered/u],
    ["hangs up", () => raw((socket) => socket.end()), {}, /broke the connection off before it answered/u],
    ["does not speak HTTP", () => raw((socket) => socket.end("220 mail.example.org\r\n")), {}, /does not answer in HTTP/u],
    ["changes the protocol", () => raw((socket) => socket.write("HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")), {}, /answered 101 in .*, expected 200/u],
    ["sends headers without end", () => raw((socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(100_000)}`)), {}, /does not answer in HTTP/u],
    ["refuses the connection", refusing, {}, / refused the connection \(since /u],
    ["has other text", () => http(says("we are sorry")), fine, /answered 200 in .*, but "fine" is not in the body/u],
    ["has another value", () => http(says('{"status":"bad"}')), { expect: { json: { path: "$.status", is: "ok" } } }, /but \$\.status is "bad", expected "ok"/u],
    ["lacks the value", () => http(says("{}")), { expect: { json: { path: "$.status" } } }, /but there is no \$\.status in its JSON/u],
    ["has no JSON", () => http(says("<html>")), { expect: { json: { path: "$.status" } } }, /but its body is not JSON: <html>/u],
    ["has more JSON than is read", () => http(says(`["${"x".repeat(2_000)}"]`)), { expect: { json: { path: "$[0]" } }, body_limit_kb: 1 }, /but its JSON is longer than 1 kB/u],
    ["breaks its body off", () => raw((socket) => socket.end(promising(9_999, "x"))), fine, /but broke its answer off before the 9999 bytes/u],
    ["sends a body that does not unpack", () => http(packed("gzip", Buffer.from("not gzip at all"))), fine, /but sent a body that cannot be unpacked/u],
    ["sends a small body that unpacks to 200 MB", () => http(packed("gzip", bomb)), fine, /but "fine" is not in the first 256 kB of the body/u],
  ])("that %s is down", async (_, open, config, because) => {
    await using server = await open();
    const { alerts, samples, reached } = await ask(server, config);
    expect(alerts).toEqual([
      expect.objectContaining({
        key: "probe/down",
        kind: "down",
        status: "firing",
        component: "copr",
        startsAt: now,
        observedAt: now,
        labels: { url: `127.0.0.1:${server.port}` },
        summary: expect.stringMatching(because),
      }),
    ]);
    expect(samples).toEqual([expect.objectContaining({ up: false })]);
    // All of these are answers of a kind: our own network works.
    expect(reached).toBe(true);
  }); // prettier-ignore

  test("that fails once and answers the second try, right after, is up", async () => {
    const answers = [500];
    await using server = await http((_, response) => void response.writeHead(answers.shift() ?? 200).end());
    expect((await ask(server)).samples).toEqual([expect.objectContaining({ up: true })]);
  });

  test("that comes back ends its alert with the second good look, from its first failure on", async () => {
    const answers = [500, 500, 200, 200];
    await using server = await http((_, response) => void response.writeHead(answers.shift() ?? 500).end());
    const source = lookerOf(httpProbe, { component: "copr", url: urlOf(server), fail_after: 1 });
    const first = await look(source, now);
    const second = await look(source, now + 60_000, first.state);
    const third = await look(source, now + 120_000, second.state);
    expect(second.alerts).toEqual([]);
    expect(third.alerts).toEqual([
      expect.objectContaining({ key: "probe/down", status: "resolved", startsAt: now, endsAt: now + 120_000 }),
    ]);
    expect(third.alerts[0]?.summary).toMatch(/is well again after 2 min: it answered 200 in /u);
  });

  test("is asked as the config says, and with what authorises", async () => {
    const asked: string[] = [];
    await using server = await http((request, response) => {
      const { authorization = "none", "x-from": from = "" } = request.headers;
      request.on("data", (chunk: Buffer) => asked.push(chunk.toString())).on("end", () => response.end());
      asked.push(`${request.method} ${authorization} ${String(from)}`);
    });
    await ask(server, { method: "PUT", body: "are you well?", headers: { "X-From": "tocsin" }, token: "abc" });
    await ask(server, { body: "x", user: "ann", password: "s:p" });
    await ask(server, { url: urlOf(server).replace("://", "://ann:p%40ss@") });
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
    expect(asked).toEqual([
      "PUT Bearer abc tocsin",
      "are you well?",
      `POST ${basic("ann:s:p")} `,
      "x",
      `GET ${basic("ann:p@ss")} `,
    ]);
  });
});

describe("a redirect", () => {
  const to = (location: string, status = 302): Promise<Listening> => http(says("", { Location: location }, status));

  test("is not followed: it is what its status says", async () => {
    await using server = await to("/well");
    expect(said((await ask(server)).alerts)).toEqual([expect.stringMatching(/answered 302 in .*, expected 200/u)]);
    expect((await ask(server, { expect: { status: 302 } })).alerts).toEqual([]);
  });

  test("is held to where it must lead", async () => {
    await using server = await to("/login");
    const here = urlOf(server).replace("/health", "");
    expect((await ask(server, { expect: { redirect_to: `${here}/login` } })).alerts).toEqual([]);
    const elsewhere = await ask(server, { expect: { redirect_to: `${here}/other` } });
    expect(said(elsewhere.alerts)).toEqual([expect.stringMatching(/but redirects to http\S+\/login, not to http/u)]);
  });

  test("is followed so often as the config says, and what authorises stays at home", async () => {
    const heard: (string | undefined)[] = [];
    await using last = await http((request, response) => {
      heard.push(request.headers.authorization);
      response.end("fine");
    });
    await using first = await to(urlOf(last));
    const follow = { follow_redirects: 1, token: "abc", ...fine };
    expect(said((await ask(first, follow)).alerts)).toEqual([]);
    expect(heard).toEqual([undefined]);
  });

  test.each<readonly [string, string, RegExp]>([
    ["in a circle", "/health", /redirects in a circle/u],
    ["to no web page", "file:///etc/passwd", /answered 302 with a redirect that leads nowhere/u],
    ["to a place inside by another name", "http://localhost:1/", /redirected to localhost:1, which was not asked: .* may not be reached/u],
    ["to the secrets of a cloud", "http://169.254.169.254/latest/meta-data/", /redirected to 169\.254\.169\.254, which was not asked/u],
    ["to itself in hiding", "http://[::ffff:7f00:1]/", /which was not asked/u],
  ])("%s is a failure", async (_, location, because) => {
    await using server = await to(location);
    const { alerts } = await ask(server, { follow_redirects: 5 });
    expect(said(alerts)).toEqual([expect.stringMatching(because)]);
  }); // prettier-ignore

  test("that never ends is a failure", async () => {
    let turn = 0;
    await using server = await http((_, response) => void response.writeHead(307, { Location: `/${++turn}` }).end());
    const { alerts } = await ask(server, { follow_redirects: 3 });
    expect(said(alerts)).toEqual([expect.stringMatching(/redirected more than 3 times/u)]);
  });
});

describe("an address", () => {
  test.each([
    ["where clouds keep secrets", "http://169.254.169.254/", {}],
    ["of the link", "http://[fe80::1]/", {}],
    ["where clouds keep secrets, through NAT64", "http://[64:ff9b::a9fe:a9fe]/", {}],
    ["where clouds keep secrets, in hiding", "http://[::ffff:169.254.169.254]/", {}],
    ["that is written as a number", "http://2852039166/", {}],
    ["inside, where the probe may only go outside", "http://127.0.0.1:1/", { allow_private: false }],
    ["inside, by a name", "http://localhost:1/", { allow_private: false }],
    ["inside, in no network that is allowed", "http://127.0.0.1:1/", { allow_private: ["10.0.0.0/8"] }],
  ])("%s is never asked: that is no outage, but blindness", async (_, url, config) => {
    const source = lookerOf(httpProbe, { component: "copr", url, fail_after: 1, ...config });
    await expect(look(source, now)).rejects.toThrow(/was not asked: .* may not be reached/u);
  });

  test("inside is asked where its network is allowed", async () => {
    await using server = await http(says("fine"));
    expect((await ask(server, { allow_private: ["127.0.0.0/8"] })).alerts).toEqual([]);
  });

  test("of another version of IP than the config asks for is not used", async () => {
    await using server = await http(says("fine"));
    const url = `http://localhost:${server.port}/`;
    expect((await ask(server, { url, family: "ipv4" })).alerts).toEqual([]);
    const { alerts } = await ask(server, { url, family: "ipv6" });
    expect(said(alerts)).toEqual([expect.stringMatching(/refused the connection|has no address/u)]);
  });

  test("that a name does not have is said", async () => {
    const url = "http://no-such-host.invalid/";
    const outcome = look(lookerOf(httpProbe, { component: "copr", url, fail_after: 1 }), now);
    // Where no resolver answers at all, that is not the name's fault.
    const words = await outcome.then(({ alerts }) => said(alerts).join(), (thrown: unknown) => String(thrown)); // prettier-ignore
    expect(words).toMatch(/no-such-host\.invalid has no address: the name does not resolve|resolver does not answer/u);
  });
});

describe.skipIf(skipped(openssl, "http-probe over TLS"))("a certificate", () => {
  test("is held to its time, its name and its authority, unless the config says otherwise", async () => {
    using authority = startAuthority();
    setDefaultCACertificates([...getCACertificates("default"), authority.cert]);
    const at = async (names: string, from: number, until: number, config: object = {}): Promise<readonly string[]> => {
      await using server = await https(authority.issue(names, from, until), says("fine"));
      const { alerts } = await ask(server, { url: urlOf(server, "https"), ...config });
      return said(alerts);
    };
    expect(await at("IP:127.0.0.1", -10, 10)).toEqual([]);
    expect(await at("IP:127.0.0.1", -10, -3.5)).toEqual([expect.stringMatching(/has a certificate that expired 3 days ago/u)]);
    expect(await at("IP:127.0.0.1", 5, 10)).toEqual([expect.stringMatching(/has a certificate that holds only in [45] days/u)]);
    expect(await at("DNS:www.example.org", -10, 10)).toEqual([expect.stringMatching(/for other names \(www\.example\.org\), not for 127\.0\.0\.1/u)]);
    expect(await at("DNS:www.example.org", -10, -3.5, { verify_certificate: false })).toEqual([]);
    await using alone = await https(authority.alone("IP:127.0.0.1"), says("fine"));
    const { alerts } = await ask(alone, { url: urlOf(alone, "https") }, wallClock.now() + 2_000);
    expect(said(alerts)).toEqual([expect.stringMatching(/has a certificate that it signed itself/u)]);
  }); // prettier-ignore

  test("that is bad never gets to see what authorises", async () => {
    using authority = startAuthority();
    const heard: unknown[] = [];
    await using server = await https(authority.issue("DNS:other", -1, 9), (request, response) => {
      heard.push(request.headers);
      response.end();
    });
    await ask(server, { url: urlOf(server, "https"), token: "secret-token" }, now + day);
    expect(heard).toEqual([]);
  });

  test("that is not there at all is said", async () => {
    await using plain = await http(says("fine"));
    const { alerts } = await ask(plain, { url: urlOf(plain, "https") });
    expect(said(alerts)).toEqual([expect.stringMatching(/does not speak TLS as it should/u)]);
  });
});
