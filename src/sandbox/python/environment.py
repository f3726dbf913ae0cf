"""The environment of a session, set before anything is imported that looks at it."""

import os

# A launcher without a file system of its own says where the session's own temporary folder is.
HOME = os.environ.get("TMPDIR", "/tmp")
FONTS = HOME + "/matplotlib"


def lay():
    os.environ.clear()
    os.environ.update(
        HOME=HOME,
        TMPDIR=HOME,
        USER="sandbox",
        LOGNAME="sandbox",
        PATH="/usr/local/bin:/usr/bin:/bin",
        LANG="C.UTF-8",
        LC_ALL="C.UTF-8",
        TZ="UTC",
        TERM="dumb",
        MPLCONFIGDIR=FONTS,
        IPYTHONDIR=HOME + "/.ipython",
        PYTHONDONTWRITEBYTECODE="1",
        # A fork server may have one thread only, and sessions share the processors.
        OPENBLAS_NUM_THREADS="1",
        OMP_NUM_THREADS="1",
        MKL_NUM_THREADS="1",
        NUMEXPR_NUM_THREADS="1",
        # pyarrow's allocator would start a thread when it is imported.
        JE_ARROW_MALLOC_CONF="background_thread:false",
    )


def lay_fonts(folder):
    """matplotlib's list of fonts, which takes it seconds to make, where one has been made."""
    os.makedirs(FONTS, exist_ok=True)
    try:
        names = [name for name in os.listdir(folder) if name.startswith("fontlist")]
    except OSError:
        return
    for name in names:
        with open(os.path.join(folder, name), "rb") as source, open(os.path.join(FONTS, name), "wb") as target:
            target.write(source.read())
