// Watches the page's own questions to the server. Dash shows nothing when an answer is a sign-in page,
// a redirect elsewhere or no answer at all; this says so in the notice line and gives Dash an empty
// answer instead, so that nothing on the page stays disabled.
(function () {
  "use strict";
  var PATH = "_dash-update-component";
  var NOTICES = { expired: "notice-expired", offline: "notice-offline", broken: "notice-broken" };
  var plainFetch = window.fetch;
  var waiting = 0;

  function tell(kind) {
    Object.keys(NOTICES).forEach(function (name) {
      var notice = document.getElementById(NOTICES[name]);
      if (notice) {
        notice.classList.toggle("is-hidden", name !== kind);
      }
    });
  }

  function isJson(response) {
    return (response.headers.get("content-type") || "").indexOf("application/json") === 0;
  }

  function judge(response) {
    if (response.status === 204 || (response.ok && isJson(response))) {
      tell(null);
      return response;
    }
    var signIn = response.type === "opaqueredirect" || response.status === 401 || response.status === 403;
    tell(signIn || response.ok ? "expired" : "broken");
    return new Response(null, { status: 204 });
  }

  window.fetch = function (resource, options) {
    var address = typeof resource === "string" ? resource : (resource && resource.url) || "";
    if (address.indexOf(PATH) === -1) {
      return plainFetch.apply(this, arguments);
    }
    waiting += 1;
    return plainFetch
      .call(this, resource, Object.assign({}, options, { redirect: "manual" }))
      .then(judge, function () {
        tell("offline");
        return new Response(null, { status: 204 });
      })
      .finally(function () {
        waiting -= 1;
      });
  };

  window.demetraConnection = {
    isBusy: function () {
      return waiting > 0;
    },
  };
})();
