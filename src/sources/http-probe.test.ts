import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import type { LookingSource } from "../alerts/source.ts";
import { wallClock } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { silentLog } from "../lib/log.ts";
import { httpProbe, judge } from "./http-probe.ts";

const now = Date.parse("2026-11-22T12:00:00Z");
const never = new AbortController().signal;
const feedback = { dismissed: [] };

type State = Parameters<typeof judge>[0];
const fresh: State = { failures: 0, successes: 0, firing: false };

/** What each answer turns, one minute after the other: `+` is good, `-` is bad. */
function turns(answers: string, failAfter: number): string {
  let state = fresh;
  return [...answers]
    .map((answer, minute) => {
      const step = judge(state, answer === "+", { fail_after: failAfter }, minute);
      state = step.state;
      return step.turned === undefined ? "." : step.turned.slice(0, 1);
    })
    .join("");
}

describe("the judgement", () => {
  test.each<readonly [string, number, string, string]>([
    ["one failure is an alert where one is enough", 1, "-", "d"],
    ["a failure alone is none where two are needed", 2, "-+-+-", "....."],
    ["two in a row are", 2, "--", ".d"],
    ["three where three are needed", 3, "--+---", ".....d"],
    ["an alert is raised once", 2, "-----", ".d..."],
    ["two good answers in a row end it", 2, "--++", ".d.u"],
    ["one good answer does not", 2, "--+-+-", ".d...."],
    ["all being well is no news", 1, "+++++", "....."],
    ["after the end it begins anew", 2, "--++--++", ".d.u.d.u"],
    ["one failure in the middle of coming back makes it start over", 1, "-+-++", "d...u"],
  ])("%s", (_, failAfter, answers, expected) => {
    expect(turns(answers, failAfter)).toBe(expected);
  });

  test.each<readonly [string, string, number | undefined]>([
    ["the first failure of the row", "+---", 1],
    ["the first of the row, not of an earlier one", "-+---", 2],
    ["still the first, when a good answer came in between", "--+-", 0],
    ["nothing while all is well", "++", undefined],
    ["nothing after one failure and a good answer", "-+", undefined],
    ["nothing after the end", "--++", undefined],
    ["the first failure after the end", "--++-", 4],
  ])("it is down since %s", (_, answers, since) => {
    const state = [...answers].reduce(
      (before, answer, minute) => judge(before, answer === "+", { fail_after: 2 }, minute).state,
      fresh,
    );
    expect(state.downSince).toBe(since);
  });
});

type Listening = AsyncDisposable & { readonly url: string };

async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  return {
    url: `http://127.0.0.1:${address.port}/health`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const http = (listener: RequestListener) => async (): Promise<Listening> => listening(createHttpServer(listener));

/** A server that answers the first bytes of a request with these of its own. */
const raw = (answer: (socket: Socket) => void) => async (): Promise<Listening> =>
  listening(
    createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => answer(socket));
    }),
  );

async function refusing(): Promise<Listening> {
  const { url, [Symbol.asyncDispose]: close } = await listening(createServer());
  await close();
  return { url, [Symbol.asyncDispose]: async () => {} };
}

function probe(url: string, config: object = {}): LookingSource<unknown> {
  const parsed = httpProbe.config.parse({ component: "copr", url, timeout: "1s", fail_after: 1, ...config });
  const context = { clock: wallClock, log: silentLog, components: [] };
  const source = httpProbe.make({ id: brand("probe"), config: parsed }, context);
  if (source.kind !== "looking") throw new Error("a probe looks");
  return source;
}

describe("a real server", () => {
  test.each<readonly [string, () => Promise<Listening>, object]>([
    ["answers 200", http((_, response) => void response.end("fine")), {}],
    [
      "answers a status that is expected",
      http((_, response) => void response.writeHead(401).end()),
      { expect: { status: [200, 401] } },
    ],
    [
      "says that more will come than does",
      raw((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nx")),
      {},
    ],
    [
      "sends a body without an end",
      raw((socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx")),
      {},
    ],
  ])("that %s is up", async (_, open, config) => {
    await using server = await open();
    const { alerts, samples } = await probe(server.url, config).look({ now, state: undefined, feedback }, never);
    expect(alerts).toEqual([]);
    expect(samples).toEqual([{ component: "copr", at: now, up: true, tookMs: expect.any(Number) }]);
  });

  test.each<readonly [string, () => Promise<Listening>, RegExp]>([
    ["answers 500", http((_, response) => void response.writeHead(500).end()), /HTTP 500, expected 200$/u],
    ["never answers", raw(() => {}), /no answer within 1 s$/u],
    ["never ends its headers", raw((socket) => socket.write("HTTP/1.1 200 OK\r\nX: ")), /no answer within 1 s$/u],
    ["resets the connection", raw((socket) => socket.resetAndDestroy()), /ECONNRESET|hang up/u],
    ["hangs up", raw((socket) => socket.end()), /hang up/u],
    ["does not speak HTTP", raw((socket) => socket.end("220 mail.example.org\r\n")), /Parse Error/u],
    [
      "changes the protocol",
      raw((socket) => socket.write("HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")),
      /HTTP 101, expected 200$/u,
    ],
    ["sends headers without end", raw((socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(100_000)}`)), /./u],
    ["refuses the connection", refusing, /ECONNREFUSED/u],
  ])("that %s is down", async (_, open, because) => {
    await using server = await open();
    const { alerts, samples } = await probe(server.url).look({ now, state: undefined, feedback }, never);
    expect(alerts).toEqual([
      expect.objectContaining({
        key: "probe/down",
        kind: "down",
        status: "firing",
        component: "copr",
        startsAt: now,
        observedAt: now,
        summary: expect.stringMatching(because),
      }),
    ]);
    expect(samples).toEqual([expect.objectContaining({ up: false })]);
  });

  test("that redirects is what its status says, and is not followed", async () => {
    const asked: (string | undefined)[] = [];
    await using server = await http((request, response) => {
      asked.push(request.url);
      response.writeHead(301, { Location: "/well" }).end();
    })();
    const down = await probe(server.url).look({ now, state: undefined, feedback }, never);
    expect(down.alerts).toEqual([expect.objectContaining({ summary: expect.stringMatching(/HTTP 301/u) })]);
    const up = await probe(server.url, { expect: { status: 301 } }).look({ now, state: undefined, feedback }, never);
    expect(up.alerts).toEqual([]);
    expect(asked).toEqual(["/health", "/health"]);
  });

  test("that comes back ends its alert with the second good answer, from its first failure on", async () => {
    const answers = [500, 200, 200];
    await using server = await http((_, response) => void response.writeHead(answers.shift() ?? 500).end())();
    const source = probe(server.url);
    const first = await source.look({ now, state: undefined, feedback }, never);
    const second = await source.look({ now: now + 1, state: first.state, feedback }, never);
    const third = await source.look({ now: now + 2, state: second.state, feedback }, never);
    expect(second.alerts).toEqual([]);
    expect(third.alerts).toEqual([
      expect.objectContaining({ key: "probe/down", status: "resolved", startsAt: now, endsAt: now + 2 }),
    ]);
  });
});
