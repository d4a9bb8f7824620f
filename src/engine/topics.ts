// The topics of channels, as targets of the out-queue: one each, sent over the connection of its channel.
import type { Publisher } from "../delivery/publisher.ts";
import type { PublicPage } from "../status/public-page.ts";
import type { Desk, DeskChannel } from "./desk.ts";

export type TopicTarget = { readonly id: string; readonly page: PublicPage; readonly publisher: Publisher<string> };

export const topicSubject = "topic";

export function topicOf({ id, page, channel }: DeskChannel): TopicTarget | undefined {
  return channel.topic === undefined ? undefined : { id: `${id}/topic`, page, publisher: channel.topic };
}

export function topicTargets(desk: Pick<Desk, "channels">): readonly TopicTarget[] {
  return [...desk.channels.values()].flatMap((channel) => topicOf(channel) ?? []);
}
