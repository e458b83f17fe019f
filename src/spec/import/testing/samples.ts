import type { ImportFormat } from "../importers.ts";

/** One document of each format, written for the tests, with much of what the format can say. */
export const SAMPLES: Readonly<Record<ImportFormat, Record<string, unknown>>> = {
  shotstack: {
    timeline: {
      background: "#112233",
      soundtrack: { src: "https://cdn.example/tune.mp3", effect: "fadeInFadeOut", volume: 0.4 },
      tracks: [
        {
          clips: [
            {
              asset: { type: "image", src: "https://cdn.example/logo.png" },
              start: 0,
              length: "end",
              scale: 0.1,
              position: "bottomRight",
            },
          ],
        },
        { clips: [{ asset: { type: "title", text: "{{ NAME }}" }, start: 9, length: 2 }] },
        { clips: [{ asset: { type: "caption", src: "words.srt" }, start: 3, length: 4 }] },
        { clips: [{ asset: { type: "audio", src: "voice.mp3", volume: 0.8 }, start: 3.5, length: 3 }] },
        {
          clips: [
            {
              asset: { type: "image", src: "https://cdn.example/a%20b.jpg?w=1" },
              start: 0,
              length: 3,
              fit: "contain",
              effect: "zoomInFast",
              transition: { in: "fade", out: "carouselLeftFast" },
              filter: "greyscale",
            },
            {
              asset: { type: "video", src: "clip.mp4", trim: 2, speed: 2, volume: 0.5 },
              start: "auto",
              length: 4,
              transition: { out: "shuffleTopRight" },
            },
          ],
        },
      ],
    },
    output: { format: "mp4", resolution: "sd", aspectRatio: "9:16", fps: 30, quality: "low" },
    merge: [{ find: "NAME", replace: "Harbour" }],
  },
  json2video: {
    resolution: "full-hd",
    quality: "medium",
    fps: 30,
    variables: { town: "Lund", length: 5 },
    scenes: [
      {
        duration: "{{length}}",
        elements: [
          { type: "image", src: "https://cdn.example/a.jpg", zoom: 2, duration: -2 },
          { type: "audio", src: "voice.mp3", start: 1, volume: 2 },
          { type: "text", text: "Over the picture" },
          { type: "html", html: "<b>x</b>" },
        ],
      },
      {
        transition: { style: "wipeleft", duration: 1 },
        duration: 4,
        "background-color": "#ff0000",
        elements: [{ type: "text", text: "Welcome to {{town}}" }],
      },
      {
        transition: { style: "circleopen", duration: 0.5 },
        elements: [
          { type: "video", src: "clip.mp4", seek: 1, resize: "fit", muted: true },
          { type: "voice", text: "Spoken" },
        ],
      },
    ],
    elements: [
      { type: "audio", src: "music.mp3", volume: 0.2, loop: -1, duration: -2, "fade-out": 2 },
      { type: "image", src: "logo.png", position: "top-right", width: 216 },
      { type: "subtitles", settings: { style: "boxed-word", position: "top-center", "word-color": "#ff0" } },
    ],
  },
  editly: {
    outPath: "./out.mp4",
    width: 720,
    height: 1280,
    fps: 30,
    audioFilePath: "./music.mp3",
    backgroundAudioVolume: "-6dB",
    loopAudio: true,
    keepSourceAudio: true,
    audioNorm: { enable: true },
    defaults: { duration: 3, transition: { name: "fade", duration: 1 }, layer: { fontPath: "a.ttf" } },
    clips: [
      {
        layers: [
          {
            type: "title-background",
            text: "One\ntwo",
            background: { type: "fill-color", color: "#00aa00" },
          },
        ],
      },
      {
        transition: { name: "directional-left" },
        layers: [
          { type: "image", path: "a.jpg", zoomDirection: "out", zoomAmount: 0.2 },
          { type: "title", text: "Over it" },
        ],
      },
      {
        duration: 4,
        transition: null,
        layers: [
          { type: "video", path: "clip.mp4", cutFrom: 2, cutTo: 4, resizeMode: "cover", mixVolume: 2 },
        ],
      },
      { layers: { type: "image", path: "b.jpg", resizeMode: "stretch", zoomDirection: null } },
    ],
  },
  "short-video-maker": {
    scenes: [
      { text: "First words.", searchTerms: ["sea"] },
      { text: "Last words.", searchTerms: ["hill", "sky"] },
    ],
    config: {
      paddingBack: 1500,
      music: "chill",
      musicVolume: "low",
      captionPosition: "center",
      captionBackgroundColor: "#ff0000",
      orientation: "landscape",
      voice: "af_sky",
    },
  },
};
