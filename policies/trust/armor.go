package trust

import (
	"bytes"
	"encoding/base64"
)

const (
	// largestSignature bounds an armored signature, in bytes. RSA with 16384 bits in a certificate takes 10 KiB.
	largestSignature = 64 << 10

	armorDashes = "-----"
	beginSSH    = "-----BEGIN SSH SIGNATURE-----"
	endSSH      = "-----END SSH SIGNATURE-----"
	beginPGP    = "-----BEGIN PGP SIGNATURE-----"
	endPGP      = "-----END PGP SIGNATURE-----"
	beginX509   = "-----BEGIN SIGNED MESSAGE-----"
)

// kindOf tells the kind of an armored signature by its first line.
func kindOf(armored []byte) (Kind, error) {
	first, _, _ := bytes.Cut(armored, []byte("\n"))
	switch string(bytes.TrimRight(first, "\r")) {
	case beginSSH:
		return SSH, nil
	case beginPGP:
		return OpenPGP, nil
	case beginX509:
		return "", UnsupportedSignatureError{Kind: "X.509"}
	}
	return "", MalformedSignatureError{"it does not begin with " + beginSSH + " or " + beginPGP}
}

// soleBlock returns the lines between begin and end, which must be all that there is: a second signature
// behind the first would be seen by some and not by others. Empty lines may follow.
func soleBlock(armored []byte, begin, end string) ([][]byte, error) {
	if len(armored) > largestSignature {
		return nil, MalformedSignatureError{"it is larger than any signature has to be"}
	}
	var lines [][]byte
	began, ended := false, false
	for line := range bytes.Lines(armored) {
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case !began:
			if began = string(line) == begin; !began {
				return nil, MalformedSignatureError{"it does not begin with " + begin}
			}
		case ended:
			if len(bytes.TrimSpace(line)) > 0 {
				return nil, MalformedSignatureError{"something follows after " + end}
			}
		case string(line) == end:
			ended = true
		case bytes.HasPrefix(bytes.TrimSpace(line), []byte(armorDashes)):
			return nil, MalformedSignatureError{"there is more than one block in it"}
		default:
			lines = append(lines, line)
		}
	}
	if !ended {
		return nil, MalformedSignatureError{"it does not end with " + end}
	}
	return lines, nil
}

// decodeSSH returns the bytes of an armored SSH signature.
func decodeSSH(armored []byte) ([]byte, error) {
	lines, err := soleBlock(armored, beginSSH, endSSH)
	if err != nil {
		return nil, err
	}
	blob, err := base64.StdEncoding.Strict().DecodeString(string(bytes.Join(lines, nil)))
	if err != nil {
		return nil, MalformedSignatureError{"it is not in base64"}
	}
	return blob, nil
}
