// All subscribers together are one target of the queue. No id of a channel can be this.
export const subscribersTarget = "@subscribers";
