# Fastly: where the product fails, the request starts again and is answered by the status page. Include this file, or
# make it a snippet of the type `init`, and call each subroutine first in its own: `call allclear_recv;` in vcl_recv,
# and so on for fetch, error and deliver. Behind `call allclear_recv;` stands whose bodies programs get:
#   if (req.url ~ "^/api/checkout/") { set req.http.Allclear-Feature = "checkout"; }
# The words are fetched when they are needed; upload the file again when a build has changed its dates.

backend allclear_status_page {
  .host = "@STATUS_HOST@";
  .port = "443";
  .ssl = true;
  .ssl_check_cert = always;
  .ssl_cert_hostname = "@STATUS_HOST@";
  .ssl_sni_hostname = "@STATUS_HOST@";
  .dynamic = true;
  .connect_timeout = 1s;
  .first_byte_timeout = 3s;
  .between_bytes_timeout = 3s;
  .max_connections = 200;
}

sub allclear_recv {
  if (req.restarts == 0) {
    # Readers cannot set these.
    unset req.http.Allclear-Status;
    unset req.http.Allclear-Feature;
  }
  if (req.http.Allclear-Status) {
    if (req.http.Accept ~ "(?i)[/+]json" && req.http.Accept !~ "(?i)text/html") {
      set req.http.Allclear-File = "api/" + req.http.Allclear-Status + ".json";
      if (req.http.Allclear-Feature) {
        set req.http.Allclear-File = "api/" + req.http.Allclear-Feature + "/" + req.http.Allclear-Status + ".json";
      }
    @LANGUAGES@} else {
      set req.http.Allclear-File = req.http.Allclear-Status + ".html";
    }
    if (req.method != "HEAD") {
      set req.method = "GET";
    }
    set req.url = {"@STATUS_FOLDER@/errors/"} + req.http.Allclear-File;
    set req.http.Host = "@STATUS_HOST@";
    set req.backend = allclear_status_page;
    # What readers sent was meant for the product.
    unset req.http.Authorization;
    unset req.http.Cookie;
    unset req.http.If-Modified-Since;
    unset req.http.If-None-Match;
    unset req.http.Range;
    return(lookup);
  }
}

sub allclear_fetch {
  if (req.http.Allclear-Status) {
    if (beresp.status != 200) {
      error 503;
    }
    unset beresp.http.Set-Cookie;
    set beresp.ttl = 30s;
    return(deliver);
  }
}

# The status page cannot be had either.
sub allclear_error {
  if (req.http.Allclear-Status) {
    set obj.http.Content-Type = "text/plain; charset=utf-8";
    if (req.url ~ "\.json$") {
      synthetic {"{"type":"about:blank","status":"} + req.http.Allclear-Status + {"}"};
    } else {
      synthetic {"@SENTENCE@"};
    }
    return(deliver);
  }
}

sub allclear_deliver {
  if (req.http.Allclear-Status) {
    set resp.status = std.atoi(req.http.Allclear-Status);
    if (req.url ~ "\.json$") {
      set resp.http.Content-Type = "application/problem+json";
    }
    set req.http.Allclear-Date = "@DATE@";
    @DATES@
    # A date that has passed since the upload says nothing.
    if (!time.is_after(std.time(req.http.Allclear-Date, now), now)) {
      set req.http.Allclear-Date = "@SECONDS@";
    }
    if (resp.status != 500) {
      set resp.http.Retry-After = req.http.Allclear-Date;
    }
    set resp.http.Cache-Control = "no-store";
    set resp.http.Vary = "Accept, Accept-Language";
  } else if (resp.status == 500 || resp.status == 502 || resp.status == 503 || resp.status == 504) {
    set req.http.Allclear-Status = resp.status;
    restart;
  }
}
