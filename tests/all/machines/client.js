// Reads a built site over HTTP with a client made for Statuspage; prints what it understood.
'use strict';
const fs = require('fs');
const http = require('http');
const path = require('path');
const [folder, modules] = process.argv.slice(2);
const { Statuspage } = require(path.join(modules, 'statuspage.io'));

const server = http.createServer((request, response) => {
  fs.readFile(path.join(folder, new URL(request.url, 'http://localhost').pathname), (error, bytes) => {
    response.writeHead(error ? 404 : 200, { 'Content-Type': 'application/json' });
    response.end(bytes);
  });
});

server.listen(0, '127.0.0.1', async () => {
  try {
    const client = new Statuspage('unused');
    client.setApiUrl(`http://127.0.0.1:${server.address().port}`);
    const { api } = client;
    const [summary, status, components] = await Promise.all([api.getSummary(), api.getStatus(), api.getComponents()]);
    const [all, unresolved] = await Promise.all([api.incidents.getAll(), api.incidents.getUnresolved()]);
    const upcoming = await api.scheduledMaintenances.getUpcoming();
    console.log(JSON.stringify({
      page: summary.page.name,
      indicator: status.status.indicator,
      components: components.components.length,
      broken: components.components.filter((one) => !one.group && one.status === 'partial_outage').map((one) => one.name),
      incidents: all.incidents.length,
      unresolved: unresolved.incidents.map((one) => one.name),
      upcoming: upcoming.scheduled_maintenances.map((one) => one.name),
      news: unresolved.incidents[0].incident_updates[0].body.split('\n')[0],
    }));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  } finally {
    server.close();
  }
});
