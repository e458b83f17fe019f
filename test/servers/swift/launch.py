"""Runs one Swift server with all its configuration in one folder: launch.py SERVER FOLDER."""
import sys
from swift.common import utils

# The packages look below /etc only.
utils.SWIFT_CONF_FILE = sys.argv[2] + '/swift.conf'
utils.set_swift_dir(sys.argv[2])

from swift.common.wsgi import run_wsgi

sys.exit(run_wsgi(f'{sys.argv[2]}/{sys.argv[1]}.conf', f'{sys.argv[1]}-server'))
