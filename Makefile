# Two commands do all the set-up on a fresh Debian machine with Swift installed: `make run`, `make test`.
.PHONY: build run call test fault-tests mutants soak lint deps test-deps fuzz bench bench-smoke bench-deps

deps:
	@Scripts/install libsqlite3-dev liblz4-dev

test-deps: deps
	@Scripts/install sip-tester baresip-core protobuf-compiler tshark sngrep python3 python3-lz4 gcc libc6-dev
	@python3 -c 'import lz4.block' 2>/dev/null || python3 -m pip install --quiet lz4

build: deps
	swift build -c release --product trunkline

run: build
	@Scripts/demo

call:
	@Scripts/first-call

test: test-deps
	@python3 -m unittest discover -s Tests/Schema -p '*_test.py'
	swift build -c release
	swift test -c release --disable-testable-imports
	@Scripts/end-to-end

# What `make test` samples, in full: kills, full, slow and failing disks, copies, readers, repairs, clocks, secrets.
# Takes half an hour to an hour, and root for the full disks. SEED=N repeats what a failure printed.
fault-tests: test-deps build
	FAULTS=all Scripts/end-to-end kill full_disk slow_disk failing_disk writers readers reader repair clock secrets
	TRUNKLINE_FAULTS=all swift test -c release --disable-testable-imports --filter Faults

# Breaks each rule of the log on purpose: the fault tests must notice. Writes the table in docs/fault-tests.md.
mutants: deps
	@Scripts/install python3
	@Scripts/mutants

# Whole calls in a simulated world, each with a seed that nobody tried before, for SECONDS in parallel.
soak: test-deps
	TRUNKLINE_SOAK=$(SECONDS) swift test -c release --disable-testable-imports --filter SimulationTests

lint:
	swift format lint --strict --recursive Sources Tests Benchmarks Package.swift

# The decoders of the log against hostile bytes; SECONDS for each target. 20 are a smoke test.
SECONDS ?= 600
fuzz: deps
	@Scripts/fuzz $(SECONDS)

# The gateway and its log against Kamailio, rtpengine, bare loops and SQLite, as ratios of one run; an hour.
# SUBJECT=calls, media, start or log for one of them, SUBJECT=soak for an hour of calls and kills.
bench: bench-deps
	@Benchmarks/run $(SUBJECT)

# The same at its smallest: that everything runs, whatever it takes.
bench-smoke: bench-deps
	@Benchmarks/run --smoke $(SUBJECT)

bench-deps: deps
	@Scripts/install python3 gcc libc6-dev sip-tester kamailio rtpengine-daemon
	swift build -c release --product trunkline
	swift build -c release --product LogBenchmark
