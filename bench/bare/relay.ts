// The peer of a webhook's way to IRC: one durable row, then the line, without anything that a desk must know or decide.
import { createServer } from "node:http";
import { connect } from "node:net";
import { DatabaseSync } from "node:sqlite";

const [, , file = ":memory:", host = "127.0.0.1", port = "6667", channel = "#team"] = process.argv;
const database = new DatabaseSync(file);
database.exec("pragma journal_mode = wal; pragma synchronous = full; create table if not exists inbox (body blob)");
const insert = database.prepare("insert into inbox (body) values (?)");

const irc = connect({ host, port: Number(port), noDelay: true });
irc.write(`NICK relay\r\nUSER relay 0 * relay\r\n`);
await new Promise<void>((resolve) => {
  let heard = "";
  irc.on("data", (bytes: Buffer) => {
    heard += bytes.toString();
    for (const [, token] of bytes.toString().matchAll(/^PING (\S+)/gmu)) irc.write(`PONG ${token}\r\n`);
    if (/^\S+ 001 /mu.test(heard)) irc.write(`JOIN ${channel}\r\n`);
    if (/^\S+ 366 /mu.test(heard)) resolve();
  });
});

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    insert.run(body);
    response.writeHead(202).end();
    const alert: unknown = JSON.parse(body.toString());
    irc.write(`PRIVMSG ${channel} :${JSON.stringify(alert)}\r\n`);
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
});
