// A channel that is only a name: for commands on the database while no server runs. What is queued waits.
import type { Channel } from "../delivery/channel.ts";

export function idleChannel(id: string): Channel {
  return { connection: id, send: async () => ({ kind: "retry", because: "no server runs" }) };
}
