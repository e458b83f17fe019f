/** Every task a render process knows. Loaded on first use: a process that only probes never loads the kernel. */
export const TASKS = {
  probeImage: async () => (await import("./tasks/probe-image.ts")).probeImage,
  probeVideo: async () => (await import("./tasks/probe-video.ts")).probeVideo,
  decodeAudio: async () => (await import("./tasks/decode-audio.ts")).decodeAudio,
  stretchSound: async () => (await import("./tasks/stretch-sound.ts")).stretchSound,
  mixSound: async () => (await import("./tasks/mix-sound.ts")).mixSound,
  drawCard: async () => (await import("./tasks/draw-card.ts")).drawCard,
  drawStoryboard: async () => (await import("./tasks/draw-storyboard.ts")).drawStoryboard,
  renderChunk: async () => (await import("./tasks/render-chunk.ts")).renderChunk,
  assemble: async () => (await import("./tasks/assemble.ts")).assemble,
  inspectFilm: async () => (await import("./tasks/inspect-film.ts")).inspectFilm,
  joinVideos: async () => (await import("./tasks/join-videos.ts")).joinVideos,
  inspectJoin: async () => (await import("./tasks/inspect-join.ts")).inspectJoin,
  shrinkPicture: async () => (await import("./tasks/shrink-picture.ts")).shrinkPicture,
  drawStills: async () => (await import("./tasks/draw-stills.ts")).drawStills,
  probeEncoders: async () => (await import("./tasks/probe-encoders.ts")).probeEncoders,
} as const;

export type TaskName = keyof typeof TASKS;

type TaskFunction<Name extends TaskName> = Awaited<ReturnType<(typeof TASKS)[Name]>>;
export type TaskInput<Name extends TaskName> = Parameters<TaskFunction<Name>>[0];
export type TaskOutput<Name extends TaskName> = Awaited<ReturnType<TaskFunction<Name>>>;
