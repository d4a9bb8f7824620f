// tocsin subscriber …: who asked to be told, and erasure when somebody asks for that.
import type { Command } from "commander";
import { z } from "zod";
import { ErasedSubscribers, SubscriberItem } from "../http/api/subscribers.ts";
import { count } from "../lib/text.ts";
import { ask, type DoorFlags } from "./door.ts";
import { print, shortTime, table } from "./print.ts";

type Shared = DoorFlags & { readonly json?: boolean };

function sayList(subscribers: readonly SubscriberItem[]): string {
  if (subscribers.length === 0) return "No subscribers.";
  const rows = subscribers.map((one) => [
    one.kind,
    one.address,
    one.state,
    one.components.length === 0 ? "everything" : one.components.join(", "),
    one.severity,
    shortTime(one.since),
    one.reason ?? "",
  ]);
  return table(["kind", "address", "state", "about", "from", "since (UTC)", "last refusal"], rows);
}

/** Adds `tocsin subscriber …`. */
export function subscriberCommands(program: Command, shared: () => Shared): void {
  const subscriber = program.command("subscriber").description("who asked to be told of outages");
  subscriber
    .command("list")
    .description("the newest first")
    .option("--state <state>", "unconfirmed, confirmed or suspended")
    .action(async (flags: { readonly state?: string }) => {
      const query = new URLSearchParams({ limit: "200", ...flags });
      const found = await ask(z.array(SubscriberItem), shared(), "GET", `/api/v1/subscribers?${query.toString()}`);
      print(shared().json, found, () => sayList(found));
    });
  subscriber
    .command("erase <address>")
    .description("delete all that is kept of an address")
    .action(async (address: string) => {
      const done = await ask(ErasedSubscribers, shared(), "POST", "/api/v1/subscribers/erase", { address });
      print(shared().json, done, () => `${count(done.erased, "subscription")} deleted.`);
    });
}
