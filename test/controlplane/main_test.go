package controlplane_test

import (
	"testing"

	"github.com/penstock-dev/penstock/test/controlplane"
)

func TestMain(m *testing.M) { controlplane.Main(m) }
