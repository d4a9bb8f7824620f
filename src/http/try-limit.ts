// Whoever tries wrong tokens is slowed down, by address. Pure but for its own memory.
import { minute, type Instant } from "../lib/clock.ts";

export type TryLimit = {
  /** How long this address must wait; undefined: it may try. */
  wait(address: string, now: Instant): number | undefined;
  failed(address: string, now: Instant): void;
};

const usual = { most: 10, span: minute };
/** More are not remembered: the oldest is forgotten, so that memory stays bounded. */
const mostAddresses = 10_000;

export function makeTryLimit({ most, span } = usual): TryLimit {
  const tries = new Map<string, { readonly since: Instant; readonly count: number }>();
  const recent = (address: string, now: Instant) => {
    const found = tries.get(networkOf(address));
    return found !== undefined && now - found.since < span ? found : undefined;
  };
  return {
    wait(address, now) {
      const found = recent(address, now);
      return found === undefined || found.count < most ? undefined : found.since + span - now;
    },
    failed(address, now) {
      const before = recent(address, now) ?? { since: now, count: 0 };
      const network = networkOf(address);
      tries.delete(network);
      tries.set(network, { since: before.since, count: before.count + 1 });
      const [oldest] = tries.keys();
      if (tries.size > mostAddresses && oldest !== undefined) tries.delete(oldest);
    },
  };
}

/** A household has a whole /64 of IPv6 to try from. */
export function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = ""] = address.split("::");
  const parts = address.includes("::") ? [...head.split(":"), "0", "0", "0", "0"] : address.split(":");
  return parts.slice(0, 4).join(":");
}
