// tocsin alert list, delivery list, publish: what came in, what goes out.
import type { Command } from "commander";
import { z } from "zod";
import { AlertItem, AlertWhy, DeliveryItem, PublishDone } from "../http/contract.ts";
import { list } from "../lib/text.ts";
import { ask, type DoorFlags } from "./door.ts";
import { numberFrom } from "./incident.ts";
import { print, quoted, shortTime, table } from "./print.ts";

type Shared = DoorFlags & { readonly json?: boolean };

export function listCommands(program: Command, shared: () => Shared): void {
  const alert = program.command("alert").description("what the sources said");
  alert
    .command("why <alert>")
    .description("why an alert did what it did: its route, what keeps it quiet, every decision")
    .action(async (name: string) => {
      const path = `/api/v1/alerts/why?key=${encodeURIComponent(name)}`;
      const found = await ask(AlertWhy, shared(), "GET", path);
      print(shared().json, found, () => sayWhy(found));
    });
  alert
    .command("list")
    .description("the last word on each alert")
    .option("--firing", "only those that fire now")
    .action(async (flags: { readonly firing?: boolean }) => {
      const found = await ask(
        z.array(AlertItem),
        shared(),
        "GET",
        `/api/v1/alerts?firing=${flags.firing === true}&limit=200`,
      );
      const rows = found.map((alert) => [
        alert.key,
        alert.status,
        alert.severity,
        alert.component ?? "",
        shortTime(alert.since),
        alert.incident === null ? "" : String(alert.incident),
        alert.summary,
      ]);
      print(shared().json, found, () =>
        rows.length === 0
          ? "No alerts."
          : table(["alert", "status", "severity", "component", "since (UTC)", "incident", "summary"], rows),
      );
    });
  program
    .command("delivery")
    .description("what goes out")
    .command("list")
    .description("the out-queue, newest first")
    .option("--incident <n>", "only about this incident")
    .option("--waiting", "only what waits, is in flight or is dead")
    .action(async (flags: { readonly incident?: string; readonly waiting?: boolean }) => {
      const query = new URLSearchParams({
        waiting: String(flags.waiting === true),
        limit: "200",
        ...(flags.incident === undefined ? {} : { incident: String(numberFrom(flags.incident)) }),
      });
      const found = await ask(z.array(DeliveryItem), shared(), "GET", `/api/v1/deliveries?${query.toString()}`);
      const rows = found.map((one) => [
        String(one.id),
        one.target,
        one.subject,
        one.status + (one.possibly_repeated ? " (repeated?)" : ""),
        String(one.attempts),
        shortTime(one.created),
        one.reason ?? one.text ?? "",
      ]);
      print(shared().json, found, () =>
        rows.length === 0 ? "Nothing." : table(["id", "to", "about", "status", "tries", "since (UTC)", "what"], rows),
      );
    });
  program
    .command("publish")
    .description("make every mirror equal to the record now")
    .action(async () => {
      const done = await ask(PublishDone, shared(), "POST", "/api/v1/publish", {});
      print(shared().json, done, () =>
        done.targets.length === 0 ? "The config names no publish targets." : `Asked for: ${list(done.targets)}.`,
      );
    });
}

function sayWhy({ alert, route, quiet_by: quiet, held_until: held, decisions }: AlertWhy): string {
  const where = alert.incident === null ? "in no incident" : `incident ${alert.incident}`;
  return [
    `${quoted(alert.key)}: ${alert.status}, ${alert.severity}, ${alert.component ?? "no component"}, ${where}`,
    quoted(alert.summary),
    `${route}${quiet === null ? "" : `; quiet by ${quiet}`}${held === null ? "" : `; held until ${shortTime(held)} UTC`}`,
    "",
    table(
      ["at (UTC)", "did", "incident", "because"],
      decisions.map((one) => [
        shortTime(one.at),
        one.did,
        one.incident === null ? "" : String(one.incident),
        one.because,
      ]),
    ),
  ].join("\n");
}
