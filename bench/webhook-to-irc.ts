// From the first byte of a webhook to its line on IRC, on an idle desk: durable inbox, incident, queue, server, observer.
import { joinAs, ngircd, startNgircd } from "../test/peers/ngircd.ts";
import { percentile, programOrLeave, report, rounded } from "./figures.ts";
import { makeFolder, startDesk } from "./programs.ts";

const figure = "webhook in to IRC line out";
const samples = Number(process.env["BENCH_SAMPLES"] ?? 200);
const token = "bench-token-bench-token";
programOrLeave(figure, ngircd);

using folder = makeFolder();
await using server = await startNgircd();
await using observer = await joinAs(server, "observer", "#team");
await using desk = await startDesk(
  folder.path,
  `components:
${Array.from({ length: samples + 5 }, (_, i) => `  - { id: part-${i}, name: "Part ${i}" }`).join("\n")}
channels:
  - { id: team, type: irc, audience: team, host: ${server.host}, port: ${server.port}, tls: false, nick: tocsin, join: "#team", pace: { burst: 100, every: 1s } }
sources:
  - { id: hook, type: generic, token: ${token} }`,
);
await observer.sees(/JOIN :?#team/u);

const url = `${desk.url}/hooks/hook`;
const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
const took: number[] = [];
for (let i = 0; i < samples + 5; i++) {
  const body = JSON.stringify({
    fingerprint: `f-${i}`,
    status: "firing",
    summary: `bench ${i}`,
    component: `part-${i}`,
    severity: "critical",
  });
  const heard = observer.expects(new RegExp(`^Incident ${i + 1}: `, "u"));
  const began = performance.now();
  const answer = await fetch(url, { method: "POST", headers, body });
  if (answer.status !== 202) throw new Error(await answer.text());
  await answer.arrayBuffer();
  await heard;
  // The first few warm the code up.
  if (i >= 5) took.push(performance.now() - began);
  // Idle: the line's receipt has come, and the pace allows another line.
  await new Promise((resolve) => setTimeout(resolve, 60));
}
report(figure, {
  samples: took.length,
  p50_ms: rounded(percentile(took, 0.5)),
  p99_ms: rounded(percentile(took, 0.99)),
  target_p50_ms: 10,
  target_p99_ms: 50,
});
