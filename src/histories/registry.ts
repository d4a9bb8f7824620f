// Every status page whose past can be brought along, by its name on the command line.
import type { PastSource } from "../status/past-source.ts";
import { cachet } from "./cachet.ts";
import { corestatus } from "./corestatus.ts";
import { cstate } from "./cstate.ts";
import { statusfy } from "./statusfy.ts";
import { statuspage } from "./statuspage.ts";
import { uptimeKuma } from "./uptime-kuma.ts";
import { upptime } from "./upptime.ts";

export const histories: Readonly<Record<string, PastSource>> = {
  cstate,
  statuspage,
  upptime,
  cachet,
  statusfy,
  corestatus,
  "uptime-kuma": uptimeKuma,
};
