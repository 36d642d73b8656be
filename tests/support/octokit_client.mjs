// node octokit_client.mjs FOLDER_OF_METHODS FOLDER_OF_EXAMPLES URL, and the secret in OCTOKIT_SECRET:
// every example payload of every event, signed by GitHub's own library; one JSON line with the answers to each.
// Each is sent with a wrong secret first, then rightly, then the same delivery again.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [methods, examples, url] = process.argv.slice(2);
const secret = process.env.OCTOKIT_SECRET;
const { sign } = await import(pathToFileURL(`${methods}/dist-node/index.js`));
const events = JSON.parse(readFileSync(`${examples}/api.github.com/index.json`, "utf8"));

async function send(event, delivery, body, key) {
  const answer = await fetch(`${url}/webhook/github`, {
    method: "POST",
    body,
    headers: {
      "Content-Type": "application/json",
      "User-Agent": "GitHub-Hookshot/044aadd",
      "X-GitHub-Delivery": delivery,
      "X-GitHub-Event": event,
      "X-GitHub-Hook-ID": "292430182",
      "X-Hub-Signature-256": await sign(key, body),
    },
  });
  const said = await answer.json();
  return [answer.status, said.status ?? said.error];
}

for (const { name, examples } of events) {
  for (const payload of examples) {
    const body = JSON.stringify(payload);
    const delivery = randomUUID();
    const wrong = await send(name, delivery, body, `${secret}!`);
    const first = await send(name, delivery, body, secret);
    const again = await send(name, delivery, body, secret);
    const { ref, after, repository } = payload;
    console.log(JSON.stringify({ name, ref, after, repository: repository?.id, wrong, first, again }));
  }
}
