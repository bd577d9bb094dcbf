// OpenSSL 3, with its macros under names that Swift can see.
#ifndef CTLS_SHIM_H
#define CTLS_SHIM_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static inline void ctls_only_1_3(SSL_CTX *context) {
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
}

static inline void ctls_set_options(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

static inline long ctls_add_chain(SSL_CTX *context, X509 *certificate) {
    return SSL_CTX_add1_chain_cert(context, certificate);
}

static inline long ctls_set_groups(SSL_CTX *context, const char *groups) {
    return SSL_CTX_set1_groups_list(context, groups);
}

static inline long ctls_set_server_name(SSL *session, const char *name) {
    return SSL_set_tlsext_host_name(session, name);
}

static inline void ctls_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void ctls_no_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

static inline EVP_PKEY *ctls_make_p256(void) { return EVP_EC_gen("P-256"); }

static inline long ctls_memory(BIO *bio, char **bytes) { return BIO_get_mem_data(bio, bytes); }

static inline int ctls_reason(unsigned long error) { return ERR_GET_REASON(error); }
static inline int ctls_library(unsigned long error) { return ERR_GET_LIB(error); }

static inline int ctls_name_count(const GENERAL_NAMES *names) {
    return sk_GENERAL_NAME_num(names);
}
static inline GENERAL_NAME *ctls_name(const GENERAL_NAMES *names, int place) {
    return sk_GENERAL_NAME_value(names, place);
}
// The string of a URI or DNS name, or the octets of an IP address.
static inline const ASN1_STRING *ctls_name_text(const GENERAL_NAME *name) {
    return name->type == GEN_IPADD ? name->d.iPAddress : name->d.ia5;
}
static inline void ctls_free_names(GENERAL_NAMES *names) { GENERAL_NAMES_free(names); }

static inline X509_EXTENSION *ctls_extension(X509V3_CTX *context, int nid, const char *value) {
    return X509V3_EXT_conf_nid(NULL, context, nid, value);
}
static inline void ctls_set_issuer(X509V3_CTX *context, X509 *issuer, X509 *subject) {
    X509V3_set_ctx_nodb(context);
    X509V3_set_ctx(context, issuer, subject, NULL, NULL, 0);
}

#endif
