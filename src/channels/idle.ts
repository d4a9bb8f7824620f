// A channel that is only a name: for commands on the database while no server runs. What is queued waits.
import type { Channel } from "../delivery/channel.ts";

export function idleChannel(id: string, unaddressed = false): Channel {
  return {
    ...(unaddressed ? { unaddressed: true as const } : {}),
    connection: id,
    send: async () => ({ kind: "retry", because: "no server runs" }),
  };
}
