package trust

import (
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// asOf returns the entity as it was known at a time: each user id with the newest statement of its owner that
// had been made by then. The library looks only at the newest of all, so that extending a key's life would
// make everything that was signed before unverifiable. The entity itself is not changed. It is nil if the key
// had said nothing by then.
func asOf(entity *openpgp.Entity, at time.Time) *openpgp.Entity {
	if entity.PrimaryKey.Version >= 6 {
		return entity // says it of itself directly, and may have no user ids
	}
	then := *entity
	then.Identities = map[string]*openpgp.Identity{}
	for name, identity := range entity.Identities {
		if signature := latestBy(entity, identity, at); signature != nil {
			known := *identity
			known.SelfSignature = signature
			then.Identities[name] = &known
		}
	}
	if len(then.Identities) == 0 {
		return nil
	}
	return &then
}

// latestBy is the newest self-signature of a user id that had been made by a time, or nil. All of them were
// verified when the keyring was read.
func latestBy(entity *openpgp.Entity, identity *openpgp.Identity, at time.Time) *packet.Signature {
	var latest *packet.Signature
	for _, signature := range identity.Signatures {
		own := signature.CheckKeyIdOrFingerprint(entity.PrimaryKey) && signature.SigType != packet.SigTypeCertificationRevocation
		if own && signature.CreationTime.Unix() <= at.Unix() && (latest == nil || signature.CreationTime.After(latest.CreationTime)) {
			latest = signature
		}
	}
	return latest
}
