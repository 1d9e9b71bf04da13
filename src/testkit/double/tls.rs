//! A certificate of our own making for clients that insist on TLS.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What a server needs, and the certificate (PEM) that its clients are to trust.
pub(super) struct Identity {
    pub(super) config: Arc<ServerConfig>,
    pub(super) authority: String,
}

/// Makes an authority and a certificate of it for `localhost` and this address.
pub(super) fn identity(address: IpAddr) -> Result<Identity, Box<dyn std::error::Error + Send + Sync>> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    authority.distinguished_name.push(DnType::CommonName, "Campanile test double");
    let authority_key = KeyPair::generate()?;
    let authority_certificate = authority.self_signed(&authority_key)?;
    let issuer = Issuer::new(authority, authority_key);

    let own = CertificateParams::new(vec!["localhost".to_owned(), address.to_string()])?;
    let own_key = KeyPair::generate()?;
    let certificate = own.signed_by(&own_key, &issuer)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    Ok(Identity { config: Arc::new(config), authority: authority_certificate.pem() })
}
