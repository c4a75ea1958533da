# Varnish (6.0 or newer) in front of a page that allclear publishes: copy, and change the two places marked HERE.
#
# What it does:
# - A page stays until its time is over (`s-maxage`) or `allclear publish` says that it changed.
# - What changed is marked as old and not thrown away: the next reader waits for the new page, and when the origin is
#   dead gets the old one, for as long as the page allows (`stale-if-error`, a day).
# - PURGE of a path marks every variant of it as old; BAN of a path throws away everything that begins like it, which
#   allclear does only when very much changed at once.

vcl 4.1;

import purge;
import std;

# HERE: where the files are served from.
backend origin {
    .host = "127.0.0.1";
    .port = "8080";
    .connect_timeout = 2s;
    .first_byte_timeout = 10s;
    .between_bytes_timeout = 5s;
    .probe = {
        .url = "/_allclear/build.json";
        .interval = 2s;
        .timeout = 2s;
        .window = 3;
        .threshold = 2;
        .initial = 2;
    }
}

# HERE: the hosts on which `allclear publish` runs.
acl publishers {
    "127.0.0.1";
    "::1";
}

sub vcl_recv {
    if (req.method == "PURGE" || req.method == "BAN") {
        if (client.ip !~ publishers) {
            return (synth(405, "Not yours"));
        }
        if (req.method == "PURGE") {
            return (hash);
        }
        ban("obj.http.x-host == " + req.http.host + " && obj.http.x-path ~ ^"
            + regsuball(req.url, "([][.?*+^$|(){}\\])", "\\\1"));
        return (synth(200, "Banned"));
    }
    if (req.method != "GET" && req.method != "HEAD") {
        return (synth(405, "Read only"));
    }
    # The page is the same for everybody.
    unset req.http.cookie;
    unset req.http.authorization;
    if (req.restarts == 0 && std.healthy(req.backend_hint)) {
        # Nobody is shown an old page while there may be a new one.
        set req.grace = 0s;
    } else {
        set req.grace = 24h;
    }
    return (hash);
}

sub mark_as_old {
    set req.http.x-purged = purge.soft(0s, -1s, -1s);
    return (synth(200, "Purged"));
}

sub vcl_hit {
    if (req.method == "PURGE") {
        call mark_as_old;
    }
}

sub vcl_miss {
    if (req.method == "PURGE") {
        call mark_as_old;
    }
}

sub vcl_backend_response {
    if (beresp.status >= 500) {
        # Whatever is in the cache is better than this.
        return (abandon);
    }
    set beresp.grace = 24h;
    set beresp.http.x-host = bereq.http.host;
    set beresp.http.x-path = bereq.url;
}

sub vcl_backend_error {
    return (abandon);
}

sub vcl_synth {
    if (resp.status == 503 && req.restarts == 0) {
        # The origin did not answer: now an old page is good enough.
        return (restart);
    }
    if (resp.status == 503) {
        set resp.http.Retry-After = "30";
        set resp.http.Cache-Control = "no-store";
        set resp.http.Content-Type = "text/plain; charset=utf-8";
        synthetic("This page cannot be had at the moment. Please try again in half a minute." + {"
"});
        return (deliver);
    }
}

sub vcl_deliver {
    unset resp.http.x-host;
    unset resp.http.x-path;
    if (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
    } else {
        set resp.http.X-Cache = "MISS";
    }
}
