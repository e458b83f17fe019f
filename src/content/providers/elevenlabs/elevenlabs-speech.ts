/** ElevenLabs' `with-timestamps`: sound and the time of each character. */
import { z } from "zod";
import { ProviderError } from "../../models/provider.ts";
import type { SpeechModel, TimedWord } from "../../models/speech.ts";
import { writtenWords } from "../../speech/spread-words.ts";
import { jsonOf, requestOk } from "../shared/http.ts";

/** Voices every account has; the first speaker gets the first. */
const VOICES = [
  "21m00Tcm4TlvDq8ikWAM",
  "pNInz6obpgDQGcFmaJgB",
  "EXAVITQu4vr4xnSDxMaL",
  "TxGEqnHWrfWFTfGW9XjX",
];

const alignment = z.object({
  characters: z.array(z.string()),
  character_start_times_seconds: z.array(z.number()),
  character_end_times_seconds: z.array(z.number()),
});
const answerShape = z.object({ audio_base64: z.string().min(1), alignment: alignment.nullable() });

export function elevenlabsSpeech(
  model: string | null,
  keys: readonly string[],
  baseUrl: string | null,
): SpeechModel {
  const chosen = model ?? "eleven_multilingual_v2";
  return {
    name: "elevenlabs",
    model: chosen,
    keys,
    // Credits cost what the user's plan says.
    estimateMicros: () => null,
    call: async ({ text, voice, speaker, language }, { key, signal }) => {
      const id = voice ?? VOICES[speaker % VOICES.length] ?? "";
      if (!/^[A-Za-z0-9]{8,40}$/.test(id))
        throw new ProviderError("unsupported", `"${id}" is no voice id of ElevenLabs.`);
      const { body } = await requestOk(
        `${baseUrl ?? "https://api.elevenlabs.io"}/v1/text-to-speech/${id}/with-timestamps?output_format=mp3_44100_128`,
        {
          method: "POST",
          headers: { "xi-api-key": key ?? "", "content-type": "application/json" },
          body: JSON.stringify({ text, model_id: chosen }),
          signal,
        },
      );
      const parsed = answerShape.safeParse(jsonOf(body));
      if (!parsed.success) throw new ProviderError("malformed", "the answer has no sound or no times.");
      const bytes = Buffer.from(parsed.data.audio_base64, "base64");
      if (!isMp3(bytes)) throw new ProviderError("malformed", "the answer's sound is no MP3.");
      const words = parsed.data.alignment === null ? null : wordsOf(parsed.data.alignment, text, language);
      if (words === null) throw new ProviderError("malformed", "the times are not those of the text.");
      return { answer: { bytes, format: "mp3", words, timing: "given", voice: id }, costMicros: null };
    },
  };
}

function isMp3(bytes: Buffer): boolean {
  return bytes.toString("latin1", 0, 3) === "ID3" || (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe0) === 0xe0);
}

/** Characters -> words as captions show them; null when they are other words. */
function wordsOf(times: z.infer<typeof alignment>, text: string, language: string): TimedWord[] | null {
  const { characters, character_start_times_seconds: starts, character_end_times_seconds: ends } = times;
  if (starts.length !== characters.length || ends.length !== characters.length) return null;
  const spoken = characters.flatMap((character, index) =>
    [...character]
      .filter((one) => /\S/.test(one))
      .map((one) => ({ one, start: starts[index] ?? 0, end: ends[index] ?? 0 })),
  );
  const words: TimedWord[] = [];
  let at = 0;
  for (const word of writtenWords(text, language)) {
    const letters = [...word];
    const part = spoken.slice(at, at + letters.length);
    if (part.length !== letters.length || part.some(({ one }, index) => one !== letters[index])) return null;
    words.push({ text: word, start: part[0]?.start ?? 0, end: part.at(-1)?.end ?? 0 });
    at += letters.length;
  }
  return words.length > 0 && at === spoken.length ? words : null;
}
