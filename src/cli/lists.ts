// tocsin alert list, delivery list, publish: what came in, what goes out.
import type { Command } from "commander";
import { z } from "zod";
import { AlertItem, DeliveryItem, PublishDone } from "../http/contract.ts";
import { list } from "../lib/text.ts";
import { ask, type DoorFlags } from "./door.ts";
import { numberFrom } from "./incident.ts";
import { print, shortTime, table } from "./print.ts";

type Shared = DoorFlags & { readonly json?: boolean };

export function listCommands(program: Command, shared: () => Shared): void {
  program
    .command("alert")
    .description("what the sources said")
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
