// The App Container project's own programs, actool and the ACE validator: tests compare with them.
// scripts/public-programs builds them; any Go from 1.19 on can.
module example.com/public

go 1.19

require (
	github.com/appc/spec v0.8.11
	github.com/coreos/go-semver v0.3.0
	github.com/spf13/pflag v1.0.5
	go4.org v0.0.0-20201209231011-d4a079459e60
	golang.org/x/net v0.0.0-20210405180319-a5a99cb37ef4
	gopkg.in/inf.v0 v0.9.1
)
