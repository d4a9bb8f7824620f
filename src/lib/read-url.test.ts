// What stands at somebody else's address, whatever they do: a real server on loopback that hangs, lies and leads astray.
import type { ServerResponse } from "node:http";
import { createServer as createTcp } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { feedServer, type FeedServer } from "../../test/peers/feeds.ts";
import { readUrl, type Read, type Stamp } from "./read-url.ts";

let server: FeedServer;
beforeAll(async () => {
  server = await feedServer();
});
afterAll(async () => server[Symbol.asyncDispose]());

const never = new AbortController().signal;

function read(path: string, more: { stamp?: Stamp; timeoutMs?: number } = {}): Promise<Read> {
  const reading = { timeoutMs: 5_000, mostBytes: 100_000, accept: "*/*", ...more };
  return readUrl(path.startsWith("http") ? path : `${server.url}${path}`, reading, never);
}

async function because(path: string, more: { timeoutMs?: number } = {}): Promise<string> {
  const found = await read(path, more);
  return "because" in found ? found.because : found.kind;
}

test("what did not change is not sent again", async () => {
  server.serve("/a", '{"a":1}');
  const first = await read("/a");
  if (first.kind !== "text") throw new Error(first.kind);
  expect(await read("/a", { stamp: first.stamp })).toEqual({ kind: "unchanged" });
  server.serve("/a", '{"a":2}');
  expect(await read("/a", { stamp: first.stamp })).toMatchObject({ kind: "text", text: '{"a":2}' });
});

test("a 304 that nobody asked for is no page", async () => {
  server.serve("/lies", (_, response) => void response.writeHead(304).end());
  expect(await because("/lies")).toMatch(/answers 304$/u);
});

test("a page that there is not is told from one that fails", async () => {
  server.serve("/503", (_, response) => void response.writeHead(503).end("sorry"));
  expect((await read("/none")).kind).toBe("missing");
  expect(await read("/503")).toMatchObject({ kind: "failed" });
});

test("more bytes than may be are not read, packed or not", async () => {
  server.serve("/large", (_, response) => void response.writeHead(200).end(Buffer.alloc(10_000_000, "x")));
  const packed = gzipSync(Buffer.alloc(10_000_000, "x"));
  server.serve("/bomb", (_, response) => void response.writeHead(200, { "Content-Encoding": "gzip" }).end(packed));
  expect(await because("/large")).toBe("the answer is longer than 0.1 MB");
  expect(await because("/bomb")).toBe("the answer is longer than 0.1 MB");
});

test.each([
  ["never answers", () => {}],
  [
    "stops in the middle",
    (response: ServerResponse) => void response.writeHead(200, { "Content-Length": 10 }).write("12345"),
  ],
  ["drips for ever", (response: ServerResponse) => void response.writeHead(200).write("1")],
])("a peer that %s is given up", async (_what, answer) => {
  server.serve("/slow", (_, response) => answer(response));
  expect(await because("/slow", { timeoutMs: 150 })).toMatch(/no whole answer within 0.15 s$/u);
});

test("an answer that is shorter than it says is none", async () => {
  server.serve("/short", (_, response) => {
    response.writeHead(200, { "Content-Length": 100 });
    response.write("short");
    setImmediate(() => response.socket?.destroy());
  });
  expect((await read("/short")).kind).toBe("failed");
});

test("what is no HTTP is an error, not an exception", async () => {
  const tcp = createTcp((socket) => void socket.on("error", () => {}).end("SSH-2.0-x\r\n"));
  await new Promise<void>((done) => tcp.listen(0, "127.0.0.1", done));
  const address = tcp.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  expect((await read(`http://127.0.0.1:${port}/`)).kind).toBe("failed");
  tcp.close();
  expect((await read("http://127.0.0.1:1/")).kind).toBe("failed");
});

test("redirects are followed, and not for ever", async () => {
  server.serve("/old", (_, response) => void response.writeHead(301, { Location: "/a" }).end());
  server.serve("/loop", (_, response) => void response.writeHead(302, { Location: "/loop" }).end());
  expect(await read("/old")).toMatchObject({ kind: "text" });
  expect(await because("/loop")).toMatch(/more than 3 redirects/u);
});

test.each([
  "http://localhost:1/",
  "http://169.254.169.254/latest",
  "http://[::1]:1/",
  "http://[::ffff:10.0.0.1]/",
  "file:///etc/passwd",
  "",
])("another host that it leads on to is not inside: %s", async (to) => {
  server.serve("/astray", (_, response) => void response.writeHead(302, to === "" ? {} : { Location: to }).end());
  expect(await because("/astray")).toMatch(/leads (on )?to (an address inside|nowhere)/u);
});

test.each([
  ["UTF-8, whatever its header says", Buffer.from("žluť"), "text/plain; charset=iso-8859-1"],
  ["UTF-8 with a mark", Buffer.from("\ufeffžluť"), "application/json"],
  ["UTF-16", Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("žluť", "utf16le")]), "application/json"],
  ["Latin 2, as its header says", Buffer.from([0xbe, 0x6c, 0x75, 0xbb]), "text/plain; charset=iso-8859-2"],
  ["nothing that anybody knows", Buffer.from([0x9e, 0x6c, 0x75, 0x9d]), "text/plain; charset=klingon"],
])("the letters of %s are read", async (what, body, type) => {
  server.serve("/text", (_, response) => void response.writeHead(200, { "Content-Type": type }).end(body));
  const found = await read("/text");
  expect(found).toMatchObject({ kind: "text", text: what.startsWith("nothing") ? "žlu\u009d" : "žluť" });
});

test("what is said of a failure holds nothing of the address but its host", async () => {
  const said = await because(`http://user:s3cret@127.0.0.1:1/s3cret?key=s3cret`);
  expect(said).toContain("127.0.0.1:1");
  expect(said).not.toContain("s3cret");
});
