// Opens pages in a headless browser, one start for all of them, and tells what each did. Reads a JSON list of looks on
// standard input: {url, width, height, scheme: "light"|"dark", media: "screen"|"print", script: bool, shot: file|null,
// whole: bool, into: selector|"", typed: text}. Prints a JSON list: {requests, complaints, violations, wide, text}. The browser's path is the first argument.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const wanted = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

async function look(browser, one) {
  const context = await browser.newContext({
    viewport: { width: one.width, height: one.height }, colorScheme: one.scheme, javaScriptEnabled: one.script,
    offline: false, reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const requests = [], complaints = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => { if (message.type() !== "log") complaints.push(message.text()); });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => { complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  await page.emulateMedia({ media: one.media, colorScheme: one.scheme });
  await page.goto(one.url, { waitUntil: "load" });
  if (one.into) {
    await page.locator(one.into).first().pressSequentially(one.typed);
    await Promise.all([page.waitForURL((url) => url.search !== ""), page.keyboard.press("Enter")]);
    await page.waitForLoadState("load");
  }
  const told = { requests, complaints, violations: [], wide: 0, text: "", links: [] };
  if (one.script) {
    told.wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    told.text = await page.evaluate("document.body.innerText");
    told.links = await page.evaluate("[...document.querySelectorAll('a[href]')].map((one) => one.href)");
    for (const [name, code] of Object.entries(one.ask ?? {})) told[name] = await page.evaluate(code);
    if (one.axe) {
      await page.evaluate(axe);
      const found = await page.evaluate(`axe.run(document, {runOnly: {type: "tag", values: ${JSON.stringify(wanted)}}})`);
      told.violations = found.violations.map((rule) =>
        `${rule.id}: ${rule.help}: ${rule.nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary}`).join(" | ")}`);
    }
  } else {
    told.text = await page.innerText("body");
  }
  if (one.shot) await page.screenshot({ path: one.shot, fullPage: Boolean(one.whole) });
  if (one.pdf) await page.pdf({ path: one.pdf, preferCSSPageSize: true, printBackground: true });
  await context.close();
  return told;
}

const browser = await chromium.launch({ executablePath: process.argv[2], headless: true, args: flags });
const told = [];
for (const one of JSON.parse(readFileSync(0, "utf8"))) told.push(await look(browser, one));
await browser.close();
process.stdout.write(JSON.stringify(told));
