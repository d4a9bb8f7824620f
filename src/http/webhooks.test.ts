import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { mebi } from "../lib/size.ts";
import { readBody } from "./webhooks.ts";

/** Says what it read, or why it did not. */
async function reader(limit: number) {
  const server = createServer((request, response) =>
    readBody(request, limit, (body) => {
      const said = typeof body === "string" ? body : `${body.length} bytes`;
      response.writeHead(200, { Connection: "close", "Content-Length": said.length }).end(said);
      request.resume();
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}

type Sending = { readonly socket: Socket; readonly answer: Promise<string> };

/** All of a body but what is still missing. */
async function send(port: number, length: number, missing = 0): Promise<Sending> {
  const socket = connect(port, "127.0.0.1");
  let heard = "";
  socket.on("data", (data) => (heard += data.toString()));
  const answer = new Promise<string>((resolve) => socket.on("close", () => resolve(heard.split("\r\n\r\n")[1] ?? "")));
  socket.on("error", () => undefined);
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`);
  await new Promise<void>((resolve) => socket.write(Buffer.alloc(length - missing), () => resolve()));
  return { socket, answer };
}

test("bodies that never end take a bounded memory, keep no small alert out, and give it back", async () => {
  await using at = await reader(4 * mebi);
  const strangers = [];
  for (let i = 0; i < 24; i++) strangers.push(await send(at.port, 4 * mebi, 1));
  const refused = await Promise.race(strangers.map(({ answer }) => answer));
  expect(refused).toBe("too many");
  expect(await (await send(at.port, 20_000)).answer).toBe("20000 bytes");
  for (const { socket } of strangers) socket.destroy();
  await Promise.all(strangers.map(({ answer }) => answer));
  const whole = await Promise.all(Array.from({ length: 8 }, () => send(at.port, 4 * mebi)));
  for (const { answer } of whole) expect(await answer).toBe(`${4 * mebi} bytes`);
  expect(await (await send(at.port, 4 * mebi + 1)).answer).toBe("too large");
});
