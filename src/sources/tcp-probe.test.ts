import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { look, lookerOf, said, type Look } from "../../test/kit/looking.ts";
import { raw, refusing, tcp, type Listening } from "../../test/peers/servers.ts";
import { tcpProbe } from "./tcp-probe.ts";

async function seen(open: () => Promise<Listening>, config: object): Promise<Look> {
  await using server = await open();
  const whole = { component: "copr", host: server.host, port: server.port, fail_after: 1, ...config };
  return await look(lookerOf(tcpProbe, whole, { timeout: 200 }), 1_000);
}

const says = (text: string) => (): Promise<Listening> => tcp((socket) => void socket.write(text));
const answers = (reply: (socket: Socket) => void) => (): Promise<Listening> => raw(reply);

test.each<readonly [string, () => Promise<Listening>, object]>([
  ["takes the connection", () => tcp(() => {}), {}],
  ["greets as expected", says("220 mail.example.org ESMTP\r\n"), { expect: "^220 .*ESMTP" }],
  ["answers what was sent", answers((socket) => void socket.write("+PONG\r\n")), { send: "PING\r\n", expect: "PONG" }],
])("who %s is up", async (_, open, config) => {
  expect(said((await seen(open, config)).alerts)).toEqual([]);
});

test.each<readonly [string, () => Promise<Listening>, object, RegExp, boolean]>([
  ["refuses", refusing, {}, /refused the connection/u, true],
  ["says nothing", () => tcp(() => {}), { expect: "220" }, /took the connection, but did not answer within 0\.2 s/u, true],
  ["greets otherwise", says("554 go away\r\n"), { expect: "^220" }, /said "554 go away", which does not match \^220/u, true],
  ["closes at once", () => tcp((socket) => void socket.end()), { expect: "220" }, /said nothing, and closed the connection/u, true],
  ["resets", answers((socket) => void socket.resetAndDestroy()), { send: "x", expect: "220" }, /broke the connection off|closed the connection/u, true],
  ["talks without end", () => tcp((socket) => void socket.write("x".repeat(200_000))), { expect: "220" }, /which does not match 220/u, true],
])("who %s is down", async (_, open, config, because, reached) => {
  const looked = await seen(open, config);
  expect(said(looked.alerts)).toEqual([expect.stringMatching(because)]);
  expect(looked.reached).toBe(reached);
}); // prettier-ignore
