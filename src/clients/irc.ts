// Our own IRC connection: comes back for ever, from the first failure on. It keeps no queue: what cannot be said now is
// the caller's to try again.
import { minute, second, wallClock } from "../lib/clock.ts";
import { openLink, type IrcLink, type IrcOptions, type Spoken } from "./irc-link.ts";
import { backoffMs } from "./irc-pace.ts";

export type IrcConnection = AsyncDisposable & {
  /**
   * Says one text, split over as few lines as it needs. `sent`: the server has answered a PING that followed it.
   * `retry`: it certainly did not arrive. `unknown`: bytes left, and no answer came. `written` is called when the
   * operating system has taken the last line. One text at a time: another call waits for its turn.
   */
  say(channel: string, text: string, signal: AbortSignal, written?: () => void): Promise<Spoken>;
  /** As others see it now; undefined while we are not in the channel. */
  topic(channel: string): string | undefined;
  topicRoom(): number;
  setTopic(channel: string, text: string, signal: AbortSignal): Promise<Spoken>;
  /** What is wrong, in a few words; undefined when the channel is joined. */
  trouble(channel: string): string | undefined;
  /** Says goodbye; takes at most 2 s. */
  close(): Promise<void>;
};

const goodbyeMs = 2 * second;

/** Connects, joins the channels, and stays until it is closed. */
export function connectIrc(options: IrcOptions): IrcConnection {
  const { address, clock, log, random = Math.random } = options;
  const at = `${address.host}:${address.port}`;
  const closing = new AbortController();
  let link: IrcLink | undefined;
  let lastReason: string | undefined;
  let speaking: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; failures++) {
      link = openLink(options);
      const { reason, welcomedAt } = await link.ended;
      if (closing.signal.aborted) return;
      if (reason !== lastReason) log.warn({ irc: at }, `connection lost: ${reason}`);
      lastReason = reason;
      // Only a connection that held for a while starts the waits anew: some servers let one in just to throw one out.
      if (welcomedAt !== undefined && clock.now() - welcomedAt > minute) failures = 0;
      await clock.wait(backoffMs(failures, random), closing.signal);
    }
  }
  const running = run();

  function trouble(channel: string): string | undefined {
    if (closing.signal.aborted) return "closed";
    if (link !== undefined && link.welcomed() && !link.over.aborted) return link.absence(channel);
    const reason = link?.over.aborted === true ? link.why() : lastReason;
    return `connecting to ${at}${reason === undefined ? "" : `: ${reason}`}`;
  }

  /** One thing at a time: another call waits for its turn. */
  async function inTurn(channel: string, signal: AbortSignal, work: (on: IrcLink) => Promise<Spoken>): Promise<Spoken> {
    const before = speaking;
    const turn = Promise.withResolvers<void>();
    speaking = before.then(() => turn.promise);
    const stop = Promise.withResolvers<void>();
    const onAbort = (): void => stop.resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([before, stop.promise]);
      const because = signal.aborted ? "stopped" : trouble(channel);
      if (because !== undefined || link === undefined) return { kind: "retry", because: because ?? "not connected" };
      return await work(link);
    } finally {
      signal.removeEventListener("abort", onAbort);
      turn.resolve();
    }
  }

  async function close(): Promise<void> {
    if (!closing.signal.aborted) {
      closing.abort();
      if (link !== undefined && link.welcomed() && !link.over.aborted) {
        link.quit();
        // Real time on purpose: a stopping process must not hang on a clock that somebody holds.
        await wallClock.wait(goodbyeMs, link.over);
      }
      link?.drop("closed");
    }
    await running;
  }

  return {
    say: (channel, text, signal, written) => inTurn(channel, signal, (on) => on.say(channel, text, signal, written)),
    topic: (channel) => link?.topic(channel),
    topicRoom: () => link?.topicRoom() ?? 0,
    setTopic: (channel, text, signal) => inTurn(channel, signal, (on) => on.setTopic(channel, text, signal)),
    trouble,
    close,
    [Symbol.asyncDispose]: close,
  };
}
