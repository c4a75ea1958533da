// A status page like ours for Eleventy, so that both can be measured on the same incidents: an index with the bars of
// ninety days, a page per incident with its alert, the history by months, and a feed. It makes less than we do: no page,
// feed or calendar per feature, no API, no error pages.
const DAY = 86_400_000;
const NOW = Date.parse('2026-11-20T10:30:00Z');

export default function (config) {
  config.addCollection('incident', (all) =>
    all.getFilteredByTag('incidents').sort((one, other) => other.data.started - one.data.started));
  config.addCollection('months', (all) => {
    const months = new Map();
    const newest = all.getFilteredByTag('incidents').sort((one, other) => other.data.started - one.data.started);
    for (const incident of newest) {
      const month = incident.data.started.toISOString().slice(0, 7);
      months.set(month, [...(months.get(month) ?? []), incident]);
    }
    return [...months].map(([month, incidents]) => ({ month, incidents }));
  });
  config.addFilter('human', (date) => new Date(date).toUTCString());
  config.addFilter('iso', (date) => new Date(date).toISOString());
  /** The days of a feature on which something was wrong, as one path. */
  config.addFilter('bars', (incidents, feature) => {
    const days = new Set(incidents.filter(({ data }) => data.affected === feature)
      .map(({ data }) => Math.floor((NOW - data.started) / DAY)).filter((day) => day < 90));
    return [...days].map((day) => `M${(89 - day) * 5} 0v30`).join('');
  });
  config.addFilter('newest', (list, count) => list.slice(0, count));
  return { dir: { input: '.', includes: '_includes', output: 'public' }, markdownTemplateEngine: false };
}
