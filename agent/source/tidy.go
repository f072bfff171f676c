package source

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/storage/memory"
)

// tidiness is when a store is tidied. What is fetched and pushed commit by
// commit is kept in files of its own, and that would be millions after a year
// of records, ten times as large as they need be.
type tidiness struct {
	loose     int   // objects in files of their own, from which on they are packed
	packs     int   // small packs, from which on they are joined
	smallPack int64 // bytes up to which a pack is small
	largest   int64 // bytes of an object that is packed; there are few larger ones
}

var usualTidiness = tidiness{loose: 4000, packs: 10, smallPack: 8 << 20, largest: 256 << 10}

// maxPacked bounds the objects that are packed at a time, which are in memory.
const maxPacked = 64 << 20

// tidy packs loose objects and joins small packs, once there are many. It may
// end at any point: an object is removed only after it can be read elsewhere.
func (s *store) tidy(ctx context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.loose >= s.tidiness.loose {
		if err := s.packLoose(ctx); err != nil {
			return err
		}
	}
	if len(s.smallPacks()) >= s.tidiness.packs {
		return s.joinPacks(ctx)
	}
	return nil
}

// packLoose moves objects from files of their own into a pack.
func (s *store) packLoose(ctx context.Context) error {
	ids, err := s.looseObjects()
	if err != nil {
		return err
	}
	packed, left := memory.NewStorage(), int64(maxPacked)
	var taken []plumbing.Hash
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		o, err := s.load(id, min(s.tidiness.largest, left))
		if errors.As(err, new(errTooLarge)) {
			continue
		}
		if err == nil && plumbing.ComputeHash(o.kind, o.data) != id {
			err = errors.New("its contents were altered")
		}
		if err != nil {
			return s.damage("reading "+id.String(), err)
		}
		if _, err := packed.SetEncodedObject(o.encoded()); err != nil {
			return err
		}
		left -= int64(len(o.data))
		taken = append(taken, id)
	}
	s.loose = len(ids) - len(taken)
	if len(taken) == 0 {
		return nil
	}
	if err := s.writePack(ctx, packed, taken); err != nil {
		return err
	}
	for _, id := range taken {
		_ = os.Remove(s.looseFile(id))
	}
	return nil
}

// writePack writes objects as a pack of the store.
func (s *store) writePack(ctx context.Context, packed *memory.Storage, ids []plumbing.Hash) error {
	file, err := s.newPack()
	if err != nil {
		return err
	}
	defer discard(file)
	if _, err := packfile.NewEncoder(writeFault{s, file}, packed, false).Encode(ids, packWindow); err != nil {
		return err
	}
	if err := s.addPack(ctx, file); err != nil {
		return err
	}
	s.reload()
	return nil
}

// newPack makes a file for a pack, which is to be discarded in the end.
func (s *store) newPack() (*os.File, error) {
	file, err := os.CreateTemp(filepath.Join(s.path, "objects", "pack"), "tmp_pack_*")
	if err != nil {
		return nil, s.cannotWrite(err)
	}
	return file, nil
}

// discard removes a file, unless it has become a pack under another name.
func discard(file *os.File) {
	_ = file.Close()
	_ = os.Remove(file.Name())
}

// looseFile is the file of an object that has its own.
func (s *store) looseFile(id plumbing.Hash) string {
	return filepath.Join(s.path, "objects", id.String()[:2], id.String()[2:])
}

// looseObjects lists the objects that have files of their own.
func (s *store) looseObjects() ([]plumbing.Hash, error) {
	var ids []plumbing.Hash
	err := s.storage().ForEachObjectHash(func(id plumbing.Hash) error {
		ids = append(ids, id)
		return nil
	})
	return ids, err
}
