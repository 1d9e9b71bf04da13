//! The SOAP `login` call, which older clients begin with; nothing else of SOAP is here (facts, 3.2).

use super::Salesforce;
use crate::model::Timestamp;
use crate::testkit::double::http::{Request, Response};

impl Salesforce {
    pub(super) fn soap(&mut self, request: &Request, now: Timestamp) -> Response {
        let body = request.text();
        let version = request.segments().get(3).cloned().unwrap_or_else(|| super::API_VERSION.to_owned());
        if body.contains("logout>") || body.contains(":logout") {
            if let Some(session) = element(&body, "sessionId") {
                self.tokens.remove(&session);
            }
            return Response::text(200, "text/xml;charset=UTF-8", envelope("<logoutResponse/>"));
        }
        let (Some(username), Some(password)) = (element(&body, "username"), element(&body, "password")) else {
            return fault("INVALID_TYPE", "only login and logout are here");
        };
        let Some((user_id, user)) = self.check_password(&username, &password) else {
            return fault(
                "INVALID_LOGIN",
                "INVALID_LOGIN: Invalid username, password, security token; or user locked out.",
            );
        };
        if !user.api_enabled || !self.settings.api_enabled {
            return fault(
                "API_DISABLED_FOR_ORG",
                "API_DISABLED_FOR_ORG: API is not enabled for this Organization or Partner",
            );
        }
        let session = self.new_session("", &user_id, now);
        let org = self.org_id.get(..15).unwrap_or_default().to_owned();
        let server = format!("{}/services/Soap/u/{version}/{org}", self.base_url);
        let seconds = self.settings.token_minutes.saturating_mul(60);
        let text = format!(
            "<loginResponse><result>\
             <metadataServerUrl>{base}/services/Soap/m/{version}/{org}</metadataServerUrl>\
             <passwordExpired>false</passwordExpired><sandbox>{sandbox}</sandbox>\
             <serverUrl>{server}</serverUrl><sessionId>{session}</sessionId><userId>{user_id}</userId>\
             <userInfo><organizationId>{org_id}</organizationId><organizationName>{org_name}</organizationName>\
             <sessionSecondsValid>{seconds}</sessionSecondsValid><userEmail>{name}</userEmail>\
             <userFullName>{name}</userFullName><userId>{user_id}</userId><userName>{name}</userName>\
             <userType>Standard</userType></userInfo></result></loginResponse>",
            base = escape(&self.base_url),
            server = escape(&server),
            sandbox = self.org.sandbox,
            org_id = self.org_id,
            org_name = escape(&self.org.name),
            name = escape(&user.username),
        );
        Response::text(200, "text/xml;charset=UTF-8", envelope(&text))
    }
}

fn envelope(inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope \
         xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns=\"urn:partner.soap.sforce.com\" \
         xmlns:sf=\"urn:fault.partner.soap.sforce.com\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>"
    )
}

fn fault(code: &str, message: &str) -> Response {
    let message = escape(message);
    let text = format!(
        "<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{message}</faultstring><detail>\
         <sf:LoginFault xsi:type=\"sf:LoginFault\"><sf:exceptionCode>{code}</sf:exceptionCode>\
         <sf:exceptionMessage>{message}</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>"
    );
    Response::text(500, "text/xml;charset=UTF-8", envelope(&text))
}

/// The text of the first element of that name, whatever its prefix.
fn element(body: &str, name: &str) -> Option<String> {
    let mut rest = body;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, after) = after.split_once('>')?;
        let own = tag.split_whitespace().next().unwrap_or_default();
        if own == name || own.rsplit_once(':').is_some_and(|(_, own)| own == name) {
            let (text, _) = after.split_once('<')?;
            return Some(unescape(text.trim()));
        }
        rest = after;
    }
    None
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}
