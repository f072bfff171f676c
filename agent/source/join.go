package source

import (
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"hash"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
)

// A pack is a header of twelve bytes, objects, and a checksum. An object that is
// a delta says how far back its base is, or the base's id; so packs can be
// joined by copying, without looking at the objects.
const packHeader, packTrailer = 12, sha1.Size

// smallPacks lists the packs that could be joined, without extension.
func (s *store) smallPacks() []string {
	var names []string
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, file := range slices.Sorted(maps.Keys(s.packs)) {
		if name, ok := strings.CutSuffix(file, ".pack"); ok && s.packs[file] <= s.tidiness.smallPack {
			names = append(names, name)
		}
	}
	return names
}

// joinPacks makes one of the small packs. One that shares objects with those
// before it is left as it is, unless it has nothing else: then a process was
// killed while it joined, and it is removed.
func (s *store) joinPacks(ctx context.Context) error {
	file, err := s.newPack()
	if err != nil {
		return err
	}
	defer discard(file)
	j := joint{file: file, sum: sha1.New(), seen: map[plumbing.Hash]bool{}}
	if err := j.write(make([]byte, packHeader)); err != nil {
		return s.cannotWrite(err)
	}
	var joined, spent []string
	for _, name := range s.smallPacks() {
		if err := ctx.Err(); err != nil {
			return err
		}
		base := filepath.Join(s.path, "objects", "pack", name)
		switch shared, err := j.add(base); {
		case err != nil:
			return err
		case shared == 0:
			joined = append(joined, base)
		case shared < 0:
			spent = append(spent, base)
		}
	}
	if len(joined) > 1 {
		made, err := s.finishJoint(&j)
		if err != nil {
			return err
		}
		spent = append(spent, joined...)
		spent = slices.DeleteFunc(spent, func(base string) bool { return base == made }) // It was there already.
	}
	s.reload()
	for _, base := range spent { // A pack without its index would be broken; an index alone is nothing.
		_ = os.Remove(base + ".pack")
		_ = os.Remove(base + ".idx")
	}
	s.reload()
	return nil
}

// joint is packs that are being joined.
type joint struct {
	file  *os.File
	sum   hash.Hash
	at    int64
	seen  map[plumbing.Hash]bool
	index []idxfile.Entry
}

func (j *joint) write(p []byte) error {
	n, err := j.file.Write(p)
	j.at += int64(n)
	return err
}

// add copies the objects of a pack. It returns how many it shares with those
// before, which then is nothing done: less than zero for all.
func (j *joint) add(base string) (shared int, err error) {
	entries, err := readIndex(base + ".idx")
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		if j.seen[e.Hash] {
			shared++
		}
	}
	switch {
	case shared == len(entries):
		return -1, nil
	case shared > 0:
		return shared, nil
	}
	pack, err := os.Open(base + ".pack")
	if err != nil {
		return 0, err
	}
	defer pack.Close()
	info, err := pack.Stat()
	if err != nil {
		return 0, err
	}
	shift := j.at - packHeader
	n, err := io.Copy(j.file, io.NewSectionReader(pack, packHeader, info.Size()-packHeader-packTrailer))
	j.at += n
	for _, e := range entries {
		j.seen[e.Hash] = true
		j.index = append(j.index, idxfile.Entry{Hash: e.Hash, CRC32: e.CRC32, Offset: uint64(int64(e.Offset) + shift)})
	}
	return 0, err
}

func readIndex(name string) ([]idxfile.Entry, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	index := idxfile.NewMemoryIndex()
	if err := idxfile.NewDecoder(file).Decode(index); err != nil {
		return nil, err
	}
	var all []idxfile.Entry
	list, err := index.Entries()
	if err != nil {
		return nil, err
	}
	for {
		e, err := list.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, *e)
	}
}

// finishJoint writes the header, the checksum and the index, and lets the pack
// appear. It returns its name without extension.
func (s *store) finishJoint(j *joint) (base string, err error) {
	header := binary.BigEndian.AppendUint32(append([]byte("PACK"), 0, 0, 0, 2), uint32(len(j.index)))
	if _, err := j.file.WriteAt(header, 0); err != nil {
		return "", s.cannotWrite(err)
	}
	if _, err := io.Copy(j.sum, io.NewSectionReader(j.file, 0, j.at)); err != nil {
		return "", err
	}
	checksum := plumbing.Hash(j.sum.Sum(nil))
	if err := j.write(checksum[:]); err != nil {
		return "", s.cannotWrite(err)
	}
	writer := new(idxfile.Writer)
	_ = writer.OnHeader(uint32(len(j.index)))
	for _, e := range j.index {
		writer.Add(e.Hash, e.Offset, e.CRC32)
	}
	if err := writer.OnFooter(checksum); err != nil {
		return "", err
	}
	return s.packBase(checksum), s.appear(j.file, checksum, writer)
}

// packBase is the name of a pack without its extension.
func (s *store) packBase(checksum plumbing.Hash) string {
	return filepath.Join(s.path, "objects", "pack", "pack-"+checksum.String())
}

// appear gives a pack that was written its index and its name.
func (s *store) appear(file *os.File, checksum plumbing.Hash, index *idxfile.Writer) error {
	base := s.packBase(checksum)
	if err := writeIndex(base+".idx", index); err != nil {
		return s.cannotWrite(err)
	}
	if err := os.Rename(file.Name(), base+".pack"); err != nil {
		return s.cannotWrite(err)
	}
	return nil
}
