// Loaded into every child of the launcher, each the head of a group of its own: when the launcher is gone, killed even,
// the channel to it closes, and the group ends. The mark is taken off, so that what the child forks is left alone.
if (process.env.FRONTDESK_LEASH) {
  delete process.env.FRONTDESK_LEASH;
  process.channel?.unref();
  process.once("disconnect", () => {
    process.kill(0, "SIGTERM");
    setTimeout(() => process.kill(0, "SIGKILL"), 15_000).unref();
  });
}
