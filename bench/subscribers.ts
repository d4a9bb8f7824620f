// From the publish to the last of 10,000 letters in a local SMTP sink, durable on the way; beside a bare nodemailer pool that
// sends the same letters from memory over as many connections, in the same run.
import { createTransport } from "nodemailer";
import { addSubscribers } from "../test/kit/subscribers.ts";
import { smtpSink } from "../test/peers/smtp-sink.ts";
import { report, rounded } from "./figures.ts";
import { makeFolder, startDesk } from "./programs.ts";

const figure = "publish to 10,000 subscribers told";
const target = { seconds: 60 };
const readers = 10_000;
const connections = 10;

await using sink = await smtpSink({ disabledCommands: ["STARTTLS"] });
using folder = makeFolder();
const config = `components: [{ id: copr, name: Copr builds }]
channels:
  - { id: mail, type: email, audience: users, smtp: "${sink.url}", from: "Packit status <status@example.org>", connections: ${connections} }
publish: { undo: 0s }
`;
// Once to make the database, so that the readers can be written into it.
{
  await using first = await startDesk(folder.path, config);
  await first.ask("GET", "/api/v1/incidents");
}
await addSubscribers(`sqlite:${folder.path}/data/tocsin.db`, readers, Date.now() - 1_000);
await using desk = await startDesk(folder.path, config);

const reached = async (count: number): Promise<number> => {
  const from = performance.now();
  while (sink.taken.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
  return performance.now() - from;
};

const opened = performance.now();
const notice = { title: "Copr builds fail", impact: { copr: "major_outage" }, scope: "No build starts.", affected: "Everybody.", alternatives: ["wait"], eta: "unknown", retrigger: "no", publish: true }; // prettier-ignore
const { status, body } = await desk.ask("POST", "/api/v1/incidents", notice);
if (status !== 201) throw new Error(`not published: ${body.toString()}`);
const publish = performance.now() - opened;
await reached(readers);
const ours = performance.now() - opened;
const different = new Set(sink.taken.flatMap(({ to }) => to)).size;
const sample = sink.taken[0]?.raw.toString() ?? "";

const transport = createTransport({ host: "127.0.0.1", port: sink.port, pool: true, maxConnections: connections, maxMessages: Infinity, ignoreTLS: true }); // prettier-ignore
const text = sample.split("\r\n\r\n").slice(1).join("\n");
const begun = performance.now();
await Promise.all(
  Array.from(
    { length: readers },
    (_, n) =>
    transport.sendMail({ from: "Packit status <status@example.org>", to: `reader-${n}@example.com`, subject: notice.title, text: text.slice(0, 600), html: text.slice(0, 1_200) }), // prettier-ignore
  ),
);
const theirs = performance.now() - begun;
transport.close();
report(figure, {
  readers: different,
  seconds: rounded(ours / 1_000),
  publish_ms: rounded(publish),
  peer: "nodemailer, a pool of as many connections, nothing durable, no links of the reader's own",
  peer_seconds: rounded(theirs / 1_000),
  ratio: rounded(ours / theirs),
  target,
});
