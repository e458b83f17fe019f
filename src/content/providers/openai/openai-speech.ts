import { ProviderError } from "../../models/provider.ts";
import type { SpeechModel } from "../../models/speech.ts";
import { readWav, wavOf } from "../../speech/pcm.ts";
import { wordsByPauses } from "../../speech/words-by-pauses.ts";
import { requestOk } from "../shared/http.ts";
import { CHARACTER_PRICES } from "../shared/prices.ts";

const VOICES = ["alloy", "onyx", "nova", "fable"];

export function openaiSpeech(
  model: string | null,
  keys: readonly string[],
  baseUrl: string | null,
): SpeechModel {
  const chosen = model ?? "gpt-4o-mini-tts";
  const price = CHARACTER_PRICES[chosen];
  const cost = (text: string): number | null =>
    price === undefined ? null : Math.ceil((text.length * price) / 1e6);
  return {
    name: "openai",
    model: chosen,
    keys,
    estimateMicros: ({ text }) => cost(text),
    call: async ({ text, voice, speaker, language, tone }, { key, signal }) => {
      const name = voice ?? VOICES[speaker % VOICES.length] ?? "alloy";
      const { body } = await requestOk(`${baseUrl ?? "https://api.openai.com/v1"}/audio/speech`, {
        method: "POST",
        headers: { authorization: `Bearer ${key ?? ""}`, "content-type": "application/json" },
        body: JSON.stringify({
          model: chosen,
          voice: name,
          input: text,
          response_format: "wav",
          ...(tone === null ? {} : { instructions: tone }),
        }),
        signal,
      });
      const pcm = readWav(body);
      if (pcm === null || pcm.samples.length < pcm.sampleRate / 10)
        throw new ProviderError("malformed", "the answer is no sound.", { costMicros: cost(text) });
      // Written anew: a streamed WAV leaves its sizes open, which decoders read as damage.
      const answer = {
        bytes: wavOf(pcm),
        format: "wav",
        voice: name,
        ...wordsByPauses(text, language, pcm),
      } as const;
      return { answer, costMicros: cost(text) };
    },
  };
}
