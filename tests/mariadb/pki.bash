# pki.bash: the certificates that the tests import; sourced by the bats files.
# Every function writes NAME.pem and NAME-key.pem into the current folder.

# _openssl ARGUMENTS... says nothing unless it fails.
_openssl() {
    local said
    said=$(openssl "$@" 2>&1) || { printf 'openssl %s failed:\n%s\n' "$1" "$said" >&2; return 1; }
}

# make_ca NAME SUBJECT [ISSUER]: a root, or an intermediate CA signed by ISSUER.
make_ca() {
    local name=$1 subject=$2 issuer=${3-} signed=()
    [ -z "$issuer" ] || signed=(-CA "$issuer.pem" -CAkey "$issuer-key.pem")
    _openssl req -x509 "${signed[@]}" -newkey rsa:2048 -nodes -keyout "$name-key.pem" -out "$name.pem" \
        -days 30 -subj "$subject" -addext keyUsage=critical,keyCertSign,cRLSign
}

# make_cert NAME SUBJECT ISSUER [KEY...]: good as server and as client; KEY is what `openssl req` takes, rsa:2048 if left out.
make_cert() {
    local name=$1 subject=$2 issuer=$3
    shift 3
    _openssl req -x509 -CA "$issuer.pem" -CAkey "$issuer-key.pem" -nodes -newkey "${@:-rsa:2048}" \
        -keyout "$name-key.pem" -out "$name.pem" -days 30 -subj "$subject" \
        -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=IP:127.0.0.1 \
        -addext extendedKeyUsage=serverAuth,clientAuth
}

# payload CA CERT KEY: the request, with the raw line breaks that the files have. printf is a builtin: no key in any argv.
payload() {
    printf '{"ssl_ca":"%s","ssl_cert":"%s","ssl_key":"%s"}\n' "$(cat "$1")" "$(cat "$2")" "$(cat "$3")"
}

# payload_aws CA CERT KEY: as AWS's page prints it: raw line breaks, a literal \n before each closing quote,
# all of it in single quotes.
payload_aws() {
    printf "'"'{"ssl_ca":"%s\\n","ssl_cert":"%s\\n","ssl_key":"%s\\n"}'"'" "$(cat "$1")" "$(cat "$2")" "$(cat "$3")"
}

# serial_of FILE: the serial of the first certificate in it, as `serial` prints a server's.
serial_of() {
    openssl x509 -noout -serial -in "$1"
}
